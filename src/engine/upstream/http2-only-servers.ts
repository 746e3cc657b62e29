import { BoundedMap } from '../../flow/bounded-map.js';
import { formatHostPort } from '../../flow/http/authority.js';

/** Servers that are remembered. */
const CAPACITY = 1000;

/**
 * Servers that have refused HTTP/1: by TLS, or by answering a request with the preface of HTTP/2. Requests of HTTP/1 clients
 * are translated for them.
 */
export class Http2OnlyServers {
  private readonly servers = new BoundedMap<string, true>(CAPACITY);

  has(host: string, port: number): boolean {
    // Usually there are none.
    return this.servers.size > 0 && this.servers.use(formatHostPort(host, port)) === true;
  }

  add(host: string, port: number): void {
    this.servers.set(formatHostPort(host, port), true);
  }

  /** The server has spoken HTTP/1. */
  delete(host: string, port: number): void {
    this.servers.delete(formatHostPort(host, port));
  }
}
