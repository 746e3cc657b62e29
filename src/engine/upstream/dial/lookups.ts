import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { BoundedMap } from '../../../flow/bounded-map.js';

type Answer = Parameters<LookupFunction>[2];

interface Waiter {
  isWanted: () => boolean;
  callback: Answer;
}

interface Pending {
  begin: () => void;
  waiters: Waiter[];
}

/** Maximum number of concurrent look-ups. libuv limits them to half of its threads, which file I/O needs as well. */
const LIMIT = Math.ceil((Number(process.env.UV_THREADPOOL_SIZE) || 4) / 2);

/** Maximum number of names in the cache. */
const CAPACITY = 500;

interface Known {
  readonly answer: Parameters<Answer>;
  /** `performance.now()` of its expiry. */
  readonly expires: number;
}

/**
 * Looks up names with the system's resolver (`/etc/hosts`, `nsswitch.conf`). Each look-up blocks a thread until the resolver
 * responds, which takes long if its server is down. So concurrent look-ups of a name are shared, and a queued one is skipped if
 * its result is no longer needed. The resolver does not report the TTL of addresses, so they are cached for a short fixed time.
 * Failures are not cached.
 */
export class Lookups {
  private readonly pending = new Map<string, Pending>();
  /** By name, then by options. */
  private readonly known = new BoundedMap<string, Map<string, Known>>(CAPACITY);
  private readonly waiting: string[] = [];
  private running = 0;

  constructor(
    private readonly resolve: LookupFunction = systemLookup as LookupFunction,
    private readonly limit = LIMIT,
    /** Seconds for which addresses are cached. */
    private readonly ttl = 0,
  ) {}

  /**
   * Returns a function for the `lookup` option of a socket.
   * @param isWanted whether the result is still needed
   * @param onRemembered called if the addresses come from the cache, so that they may be out of date
   */
  for(isWanted: () => boolean, onRemembered: () => void = () => {}): LookupFunction {
    return (host, options, callback) => {
      const form = JSON.stringify(options);
      const remembered = this.ttl > 0 ? this.known.use(host)?.get(form) : undefined;
      if (remembered && remembered.expires > performance.now()) {
        onRemembered();
        process.nextTick(callback, ...remembered.answer);
        return;
      }
      const key = JSON.stringify([host, options]);
      const waiter: Waiter = { isWanted, callback };
      const known = this.pending.get(key);
      if (known) {
        known.waiters.push(waiter);
        return;
      }
      const waiters = [waiter];
      const done: Answer = (...answer) => {
        this.running--;
        this.pending.delete(key);
        if (this.ttl > 0 && !answer[0]) this.remember(host, form, answer);
        for (const each of waiters) each.callback(...answer);
        this.next();
      };
      this.pending.set(key, { waiters, begin: () => this.resolve(host, options, done) });
      this.waiting.push(key);
      this.next();
    };
  }

  /** Removes a name from the cache, after a failed connection to its addresses. */
  forget(host: string): void {
    this.known.delete(host);
  }

  private remember(host: string, form: string, answer: Parameters<Answer>): void {
    const forms = this.known.get(host) ?? new Map<string, Known>();
    forms.set(form, { answer, expires: performance.now() + this.ttl * 1000 });
    this.known.set(host, forms);
  }

  private next(): void {
    while (this.running < this.limit) {
      const key = this.waiting.shift();
      if (key === undefined) return;
      const { begin, waiters } = this.pending.get(key)!;
      if (waiters.some(({ isWanted }) => isWanted())) {
        this.running++;
        begin();
      } else this.pending.delete(key);
    }
  }
}
