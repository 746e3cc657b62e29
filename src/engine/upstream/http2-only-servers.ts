import { BoundedMap } from '../../flow/bounded-map.js';
import { formatHostPort } from '../../flow/http/authority.js';

/** Maximum number of servers in the cache. */
const CAPACITY = 1000;

/**
 * Servers that have refused HTTP/1: in the TLS handshake, or with the preface of HTTP/2 in response to a request. Requests of
 * HTTP/1 clients are translated for them.
 */
export class Http2OnlyServers {
  private readonly servers = new BoundedMap<string, true>(CAPACITY);

  has(host: string, port: number): boolean {
    // The usual case, without a lookup.
    return this.servers.size > 0 && this.servers.use(formatHostPort(host, port)) === true;
  }

  add(host: string, port: number): void {
    this.servers.set(formatHostPort(host, port), true);
  }

  /** Removes a server that has spoken HTTP/1. */
  delete(host: string, port: number): void {
    this.servers.delete(formatHostPort(host, port));
  }
}
