import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

type Answer = Parameters<LookupFunction>[2];

interface Waiter {
  isWanted: () => boolean;
  callback: Answer;
}

interface Pending {
  begin: () => void;
  waiters: Waiter[];
}

/** Concurrent look-ups: libuv runs at most this many on the threads that they share with file I/O. */
const LIMIT = Math.ceil((Number(process.env.UV_THREADPOOL_SIZE) || 4) / 2);

/**
 * Name look-ups by the system's resolver (`/etc/hosts`, `nsswitch.conf`). Each blocks a thread until the resolver
 * responds, which takes long if that is dead. So pending look-ups of the same name are shared, and a queued one is
 * skipped if it is no longer needed. Results are not cached.
 */
export class Lookups {
  private readonly pending = new Map<string, Pending>();
  private readonly waiting: string[] = [];
  private running = 0;

  constructor(
    private readonly resolve: LookupFunction = systemLookup as LookupFunction,
    private readonly limit = LIMIT,
  ) {}

  /** For the `lookup` option of a socket. @param isWanted whether the result is still needed */
  for(isWanted: () => boolean): LookupFunction {
    return (host, options, callback) => {
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
        for (const each of waiters) each.callback(...answer);
        this.next();
      };
      this.pending.set(key, { waiters, begin: () => this.resolve(host, options, done) });
      this.waiting.push(key);
      this.next();
    };
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
