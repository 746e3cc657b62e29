import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedMap } from '../../flow/bounded-map.js';
import { ipBytes, unmapped, withoutZone } from '../../flow/text/ip-address.js';

export interface GuessLimitOptions {
  /** Maximum number of client addresses to track; the least recently seen is dropped first. */
  capacity?: number;
  /** Milliseconds of a clock that is never set. */
  now?: () => number;
  /** Resolves after a delay in milliseconds. */
  pause?: (ms: number) => Promise<unknown>;
}

interface Guesser {
  /** Consecutive wrong guesses. */
  wrong: number;
  /** Time of the last guess, by the clock of the limit. */
  last: number;
  /** Pending guesses, including the one that is being checked. */
  waiting: number;
  /** Resolves when the last pending guess has been checked. */
  done: Promise<unknown>;
}

/** Milliseconds; doubled with each wrong guess. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;
/** After this many milliseconds without a guess, the count of wrong guesses is reset. */
const FORGOTTEN_AFTER = 10 * 60 * 1000;
/** Above this many pending guesses from one address, further ones are rejected without a check. */
const MAX_WAITING = 16;

/**
 * Slows down password guessing. Guesses from one client address are checked one at a time, with a growing pause after each
 * wrong one. Other addresses are not delayed.
 */
export class GuessLimit {
  private readonly guessers: BoundedMap<string, Guesser>;
  private readonly now: () => number;
  private readonly pause: (ms: number) => Promise<unknown>;

  constructor({ capacity = 1000, now = () => performance.now(), pause = pauseUnref }: GuessLimitOptions = {}) {
    this.guessers = new BoundedMap(capacity);
    this.now = now;
    this.pause = pause;
  }

  get size(): number {
    return this.guessers.size;
  }

  /** Checks a guess after earlier ones from this address. @returns the result of `check`; a wrong guess resolves after the pause */
  async attempt(address: string, check: () => boolean | Promise<boolean>): Promise<boolean> {
    const guesser = this.guesserAt(address);
    if (guesser.waiting >= MAX_WAITING) return false;
    guesser.waiting++;
    const before = guesser.done;
    const attempt = (async () => {
      await before;
      try {
        const right = await check();
        await this.countAttempt(guesser, right);
        return right;
      } finally {
        guesser.waiting--;
      }
    })();
    guesser.done = attempt.catch(() => {});
    return attempt;
  }

  private async countAttempt(guesser: Guesser, right: boolean): Promise<void> {
    const now = this.now();
    if (right || now - guesser.last > FORGOTTEN_AFTER) guesser.wrong = 0;
    guesser.last = now;
    if (right) return;
    await this.pause(Math.min(FIRST_PAUSE * 2 ** guesser.wrong, LONGEST_PAUSE));
    guesser.wrong++;
  }

  private guesserAt(address: string): Guesser {
    const key = networkOf(address);
    const guesser = this.guessers.get(key) ?? { wrong: 0, last: 0, waiting: 0, done: Promise.resolve() };
    this.guessers.set(key, guesser);
    return guesser;
  }
}

/** A host usually has a whole IPv6 /64, so its addresses are treated as one. */
function networkOf(address: string): string {
  const bare = unmapped(withoutZone(address));
  return isIPv6(bare) ? ipBytes(bare).toString('hex', 0, 8) : bare;
}

/** A pause that does not keep the program running. */
function pauseUnref(ms: number): Promise<unknown> {
  return sleep(ms, undefined, { ref: false });
}
