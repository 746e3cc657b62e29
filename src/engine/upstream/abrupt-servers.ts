import { BoundedMap } from '../../flow/bounded-map.js';
import { formatHostPort } from '../../flow/http/authority.js';
import type { Destination } from './route.js';

/** Servers that are remembered. */
const CAPACITY = 1000;
/** Milliseconds for which a server is remembered: it may just have been restarted. */
const MEMORY = 60_000;

/**
 * Servers that have closed a connection right after a response, without `Connection: close` in it. They may do so again, just as
 * the next request is sent.
 */
export class AbruptServers {
  private readonly servers = new BoundedMap<string, number>(CAPACITY);

  has({ host, port }: Destination): boolean {
    // Usually there are none.
    if (this.servers.size === 0) return false;
    const seen = this.servers.use(formatHostPort(host, port));
    return seen !== undefined && performance.now() - seen < MEMORY;
  }

  add({ host, port }: Destination): void {
    this.servers.set(formatHostPort(host, port), performance.now());
  }
}
