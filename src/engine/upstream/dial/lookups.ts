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

/** Look-ups at a time: libuv runs no more on the threads that look-ups share with file I/O. */
const LIMIT = Math.ceil((Number(process.env.UV_THREADPOOL_SIZE) || 4) / 2);

/**
 * Look-ups of names as the system does them (`/etc/hosts`, `nsswitch.conf`). Each takes a thread for as long as the
 * resolver takes, which is long if that is dead. So those for the same name that are pending are one, and one that nobody
 * waits for any more when its turn comes is left out. Answers are not kept.
 */
export class Lookups {
  private readonly pending = new Map<string, Pending>();
  private readonly waiting: string[] = [];
  private running = 0;

  constructor(
    private readonly resolve: LookupFunction = systemLookup as LookupFunction,
    private readonly limit = LIMIT,
  ) {}

  /** For the `lookup` option of a socket. @param isWanted whether somebody still waits for it */
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
