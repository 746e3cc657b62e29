import type { ClientConnection } from '../../../flow/connection.js';
import { parseAuthority } from '../../../flow/http/authority.js';
import { someHostForm } from '../../../flow/text/host-name.js';
import type { Route } from '../../upstream/route.js';
import type { HostRules } from './host-rules.js';

/**
 * Decides which connections are left alone, as mitmproxy does: by the address that the server's name resolved to, the
 * destination, and the names that the client gives: in plain HTTP, in its ClientHello, in the TLS around all that.
 */
export class Passthrough {
  constructor(private readonly rules: HostRules | undefined) {}

  /** Whether a name that the client has yet to give may change the decision. */
  get asksForNames(): boolean {
    return this.rules?.allow !== undefined || this.rules?.ignore !== undefined;
  }

  /** Whether a connection is ignored whatever its client will say. */
  isIgnoredAnyway(client: ClientConnection, route: Route): boolean {
    const { ignore } = this.rules ?? {};
    return ignore !== undefined && candidates(client, route).some(ignore);
  }

  /** Whether a connection is ignored, now that all is known. @param name that the client gave, with a port or without */
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

  /** Whether what is said on a connection is only bytes to us. @param sni of a ClientHello that is being answered */
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

/** A host and a port in the ways in which rules may name them. */
function formsOf(host: string, port: number): string[] {
  const forms: string[] = [];
  someHostForm(host, (form) => {
    forms.push(`${form}:${port}`);
    return false;
  });
  return forms;
}
