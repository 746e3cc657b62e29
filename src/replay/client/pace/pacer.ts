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

/** Catching up is at most this much faster than the rate. */
const CATCH_UP = 1.8;
/** Milliseconds: an interval has at most twice the average. */
const INTERVAL = 10;
/** Milliseconds by which requests may leave earlier than planned. */
const SLACK = 1;

/**
 * Requests at equal distances. When late, it sends as many at once as the interval allows and not one a timer: timers of a busy
 * machine are as late as requests.
 */
export class RatePacer implements Pacer {
  private readonly distance: number;
  /** When the first request was due. */
  private start: number | undefined;
  private count = 0;
  /** When the last requests were sent, as a ring: the next one has to keep the interval from the oldest of them. */
  private readonly sent: Float64Array;
  private readonly interval: number;
  private at = 0;

  /** @param rate requests per second */
  constructor(
    rate: number,
    private readonly clock: PaceClock,
  ) {
    this.distance = 1000 / rate;
    const most = Math.max(2, Math.floor((2 * INTERVAL) / this.distance));
    this.sent = new Float64Array(most).fill(Number.NEGATIVE_INFINITY);
    this.interval = Math.max(INTERVAL + SLACK, (most * this.distance) / CATCH_UP);
  }

  due(): number {
    this.start ??= this.clock.now();
    return this.start + this.count++ * this.distance;
  }

  earliest(due: number, now: number): number {
    const { sent, interval } = this;
    // The last one was sent when its timer fired, which may have been later than planned.
    const last = (this.at + sent.length - 1) % sent.length;
    if (sent[last]! < now && sent[last]! > now - interval) sent[last] = now;
    const earliest = Math.max(due, sent[this.at]! + interval, now);
    sent[this.at] = earliest;
    this.at = (this.at + 1) % sent.length;
    return earliest;
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
