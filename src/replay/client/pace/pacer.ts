import type { PaceClock } from './clock.js';

/** Decides when requests are due, without regard to responses: an open workload. */
export interface Pacer {
  /**
   * When the next request is due, in milliseconds of the clock. It is called for each request, in order.
   * @param began when the recorded request began, in seconds
   */
  due(began: number): number;
  /** The earliest moment at which a late request may be sent, so that catching up is no burst. */
  earliest(due: number, now: number): number;
  /** A round has ended, so recorded times begin again. */
  nextRound(): void;
}

/** Waits until a request is due. Waits shorter than this many milliseconds are skipped: a timer is no more precise. */
const PRECISION = 0.5;

/** @returns undefined if the request may be sent at once */
export function untilDue(pacer: Pacer, due: number, clock: PaceClock): undefined | Promise<void> {
  const now = clock.now();
  const rest = pacer.earliest(due, now) - now;
  return rest < PRECISION ? undefined : clock.wait(rest);
}

/** Catching up goes at most this much faster than the rate, so that no short interval has twice its average. */
const CATCH_UP = 0.6;
/** A timer may be this many milliseconds late; what was due meanwhile is sent at once. */
const SLACK = 1;

/** Requests at equal distances. */
export class RatePacer implements Pacer {
  private readonly distance: number;
  /** When the first request was due. */
  private start: number | undefined;
  private count = 0;
  /** The earliest moment of the request before. */
  private last = Number.NEGATIVE_INFINITY;

  /** @param rate requests per second */
  constructor(
    rate: number,
    private readonly clock: PaceClock,
  ) {
    this.distance = 1000 / rate;
  }

  due(): number {
    this.start ??= this.clock.now();
    return this.start + this.count++ * this.distance;
  }

  earliest(due: number, now: number): number {
    this.last = Math.max(due, this.last + this.distance * CATCH_UP, now - SLACK);
    return this.last;
  }

  nextRound(): void {}
}

/** Requests at the recorded distances, divided by a speed. */
export class RecordedPacer implements Pacer {
  /** When the first request of the round began in the recording, in seconds. */
  private origin: number | undefined;
  private count = 0;
  /** When the first request of the round was due, and the last one. */
  private start: number | undefined;
  private last = 0;

  /** @param speed for example 2 for half of the recorded distances */
  constructor(
    private readonly speed: number,
    private readonly clock: PaceClock,
  ) {}

  due(began: number): number {
    if (this.start === undefined) {
      this.start = this.clock.now();
      this.last = this.start;
    }
    this.origin ??= began;
    this.count++;
    // Flows of a pipe may come out of order.
    this.last = Math.max(this.last, this.start + ((began - this.origin) * 1000) / this.speed);
    return this.last;
  }

  /** Recorded bursts stay bursts. */
  earliest(due: number): number {
    return due;
  }

  /** The next round follows at the average distance of this one. */
  nextRound(): void {
    if (this.start === undefined) return;
    const distance = this.count > 1 ? (this.last - this.start) / (this.count - 1) : 0;
    this.start = this.last + distance;
    this.last = this.start;
    this.origin = undefined;
    this.count = 0;
  }
}
