import type { ClientConnection } from '../../../flow/connection.js';
import { parseAuthority } from '../../../flow/http/authority.js';
import { someHostForm } from '../../../flow/text/host-name.js';
import type { Route } from '../../upstream/route.js';

/**
 * Decides which connections are ignored, with the candidates that mitmproxy uses: the server's peer address, the
 * destination, and the names that the client gives in plain HTTP, in its ClientHello and in an outer TLS layer.
 */
export class Passthrough {
  constructor(private readonly rules: HostRules | undefined) {}

  /** Whether the client's name for the server may change the decision. */
  get asksForNames(): boolean {
    return this.rules?.allow !== undefined || this.rules?.ignore !== undefined;
  }

  /** Whether a connection is ignored regardless of the bytes that its client sends. */
  isIgnoredAnyway(client: ClientConnection, route: Route): boolean {
    const { ignore } = this.rules ?? {};
    return ignore !== undefined && candidates(client, route).some(ignore);
  }

  /** Whether a connection is ignored, given all names. @param name that the client gave, with or without a port */
  isIgnored(client: ClientConnection, route: Route, name: string | undefined): boolean {
    if (!this.asksForNames) return false;
    const { allow, ignore } = this.rules!;
    const known = candidates(client, route);
    if (name !== undefined) {
      const named = parseAuthority(name);
      known.push(...(named ? formsOf(named.host, named.port ?? route.port) : [name]));
    }
    if (allow && !known.some(allow)) return true;
    return ignore !== undefined && known.some(ignore);
  }

  /** Whether a connection is relayed as raw bytes. @param sni of a ClientHello that is being handled */
  isTcp(client: ClientConnection, { host }: Route, sni = client.tls?.sni): boolean {
    const { tcp } = this.rules ?? {};
    return tcp !== undefined && (someHostForm(host, tcp) || (sni !== undefined && someHostForm(sni, tcp)));
  }
}

function candidates(client: ClientConnection, { host, port, open }: Route): string[] {
  const known = formsOf(host, port);
  const server = open?.connection;
  if (server?.peer && !server.via) known.push(server.peer.join(':'));
  const sni = client.tls?.sni;
  if (sni !== undefined) known.push(...formsOf(sni, port));
  return known;
}

/** The forms in which rules may name a host and a port. */
function formsOf(host: string, port: number): string[] {
  const forms: string[] = [];
  someHostForm(host, (form) => {
    forms.push(`${form}:${port}`);
    return false;
  });
  return forms;
}

/** Whether a rule matches a host. */
export type HostTest = (host: string) => boolean;

/** Which connections are ignored, and which are relayed as raw bytes. */
export interface HostRules {
  /** Matches `host:port`. If set, connections without a match are ignored. */
  readonly allow: HostTest | undefined;
  /** Matches `host:port`. Matching connections are ignored. */
  readonly ignore: HostTest | undefined;
  /** Matches host names. TLS to matching hosts is intercepted, but the content is relayed as raw bytes. */
  readonly tcp: HostTest | undefined;
}
