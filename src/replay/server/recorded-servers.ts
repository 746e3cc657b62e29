import type { DeferredServers } from '../../engine/index.js';
import type { Address } from '../../flow/connection.js';
import type { HttpFlow } from '../../flow/flow.js';

/** Maximum number of servers with a deferred connection. */
const MAX_NAMES = 10_000;

/**
 * The servers of recorded answers. A connection to them is deferred until a request needs it; their certificates are known from
 * the capture.
 */
export class RecordedServers implements DeferredServers {
  private readonly certificates = new Map<string, Buffer | undefined>();
  /** The last server that was added. Most captures have few servers. */
  private last: { host: string; port: number; sni: string | undefined; certificate: Buffer | undefined } | undefined;

  /** @param offline whether connections to all servers are deferred */
  constructor(private readonly offline: boolean) {}

  /** Adds the server of a recorded answer. */
  add({ request, server }: HttpFlow): void {
    const { host, port } = request;
    const { sni, certificates } = server.tls ?? {};
    const certificate = certificates?.[0];
    const { last } = this;
    if (last?.host === host && last.port === port && last.sni === sni && last.certificate === certificate) return;
    this.last = { host, port, sni, certificate };
    this.note([host, port], certificate);
    if (sni !== undefined) this.note([sni, port], certificate);
  }

  defers(address: Address): boolean {
    return this.offline || this.servesHttp(address);
  }

  servesHttp(address: Address): boolean {
    return this.certificates.has(nameOf(address));
  }

  certificateOf(address: Address): Buffer | undefined {
    return this.certificates.get(nameOf(address));
  }

  private note(address: Address, certificate: Buffer | undefined): void {
    const name = nameOf(address);
    if (this.certificates.get(name) || (!certificate && this.certificates.has(name))) return;
    if (this.certificates.size < MAX_NAMES) this.certificates.set(name, certificate && Buffer.from(certificate));
  }
}

function nameOf([host, port]: Address): string {
  return `${host.toLowerCase()}:${port}`;
}
