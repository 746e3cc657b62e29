import { BoundedMap } from '../../flow/bounded-map.js';
import { formatHostPort } from '../../flow/http/authority.js';
import type { Destination } from './route.js';

/** Maximum number of servers in the cache. */
const CAPACITY = 1000;

/** Milliseconds until an entry expires: the server may have closed the connection because of a restart. */
const MEMORY = 60_000;

/**
 * Servers that have closed a connection right after a response without `Connection: close`. Such a server may be closing a
 * connection while the next request is being sent.
 */
export class AbruptServers {
  private readonly servers = new BoundedMap<string, number>(CAPACITY);

  has({ host, port }: Destination): boolean {
    // The usual case, without a lookup.
    if (this.servers.size === 0) return false;
    const seen = this.servers.use(formatHostPort(host, port));
    return seen !== undefined && performance.now() - seen < MEMORY;
  }

  add({ host, port }: Destination): void {
    this.servers.set(formatHostPort(host, port), performance.now());
  }
}

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
