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
