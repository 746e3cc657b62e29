import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedMap } from '../../flow/bounded-map.js';
import { ipBytes, unmapped, withoutZone } from '../../flow/text/ip-address.js';

export interface GuessLimitOptions {
  /** Client addresses that are remembered; the one that was not heard of for longest goes first. */
  capacity?: number;
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** Resolves after so many milliseconds. */
  pause?: (ms: number) => Promise<unknown>;
}

interface Guesser {
  /** Wrong guesses in a row. */
  wrong: number;
  last: number;
  /** Guesses that wait for those before them, with the one that is being looked at. */
  waiting: number;
  /** Resolves when the last of them is done. */
  done: Promise<unknown>;
}

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;
/** After so long without a guess an address begins anew. */
const FORGOTTEN_AFTER = 10 * 60 * 1000;
/** More guesses at once from one address are wrong without a look. */
const MOST_WAITING = 16;

/**
 * Slows guessing down: guesses of one client address are looked at one after the other, and after each wrong one the
 * address waits, longer each time. Others are not held up.
 */
export class GuessLimit {
  private readonly guessers: BoundedMap<string, Guesser>;
  private readonly now: () => number;
  private readonly pause: (ms: number) => Promise<unknown>;

  constructor({ capacity = 1000, now = Date.now, pause = pauseUnref }: GuessLimitOptions = {}) {
    this.guessers = new BoundedMap(capacity);
    this.now = now;
    this.pause = pause;
  }

  get size(): number {
    return this.guessers.size;
  }

  /** Looks at a guess when it is its turn. @returns what `check` does; after the pause if that is false */
  async attempt(address: string, check: () => boolean | Promise<boolean>): Promise<boolean> {
    const guesser = this.guesserAt(address);
    if (guesser.waiting >= MOST_WAITING) return false;
    guesser.waiting++;
    const before = guesser.done;
    const attempt = (async () => {
      await before;
      try {
        const right = await check();
        await this.weigh(guesser, right);
        return right;
      } finally {
        guesser.waiting--;
      }
    })();
    guesser.done = attempt.catch(() => {});
    return attempt;
  }

  private async weigh(guesser: Guesser, right: boolean): Promise<void> {
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

/** Whoever has one address of IPv6 has the 2^64 around it. */
function networkOf(address: string): string {
  const bare = unmapped(withoutZone(address));
  return isIPv6(bare) ? ipBytes(bare).toString('hex', 0, 8) : bare;
}

/** The program does not stay for it. */
function pauseUnref(ms: number): Promise<unknown> {
  return sleep(ms, undefined, { ref: false });
}
