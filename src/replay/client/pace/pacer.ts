import type { PaceClock } from './clock.js';

/** Schedules requests independently of responses. This is an open workload. */
export interface Pacer {
  /**
   * The due time of the next request, in milliseconds of the clock. Called for each request, in order.
   * @param began start of the recorded request, in seconds
   */
  due(began: number): number;
  /** The earliest time at which a late request may be sent. This prevents bursts when the replay catches up. */
  earliest(due: number, now: number): number;
  /** A round has ended; recorded times begin again. */
  nextRound(): void;
}

/** Minimum wait in milliseconds. Timers are not precise enough for shorter waits. */
const PRECISION = 0.5;

/** Waits until a request is due. @returns undefined if it may be sent immediately */
export function untilDue(pacer: Pacer, due: number, clock: PaceClock): undefined | Promise<void> {
  const now = clock.now();
  const rest = pacer.earliest(due, now) - now;
  return rest < PRECISION ? undefined : clock.wait(rest);
}

/** Maximum rate while catching up, relative to the configured rate. */
const CATCH_UP = 1.8;
/** Length of an interval in milliseconds. An interval has at most twice its average number of requests. */
const INTERVAL = 10;
/** Milliseconds by which a request may be early. */
const SLACK = 1;

/**
 * Schedules requests at equal intervals. When late, it allows as many requests at once as fit into the interval, because on a
 * busy machine timers are as late as requests.
 */
export class RatePacer implements Pacer {
  private readonly distance: number;
  /** Due time of the first request. */
  private start: number | undefined;
  private count = 0;
  /** Ring buffer of recent send times. The next request has to keep the interval from the oldest of them. */
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
    // The last request was sent when its timer fired, possibly later than planned.
    const last = (this.at + sent.length - 1) % sent.length;
    if (sent[last]! < now && sent[last]! > now - interval) sent[last] = now;
    const earliest = Math.max(due, sent[this.at]! + interval, now);
    sent[this.at] = earliest;
    this.at = (this.at + 1) % sent.length;
    return earliest;
  }

  nextRound(): void {}
}

/** Schedules requests at the recorded intervals, divided by a speed. */
export class RecordedPacer implements Pacer {
  /** Recorded start of the first request of the round, in seconds. */
  private origin: number | undefined;
  private count = 0;
  /** Due times of the first and the last request of the round. */
  private start: number | undefined;
  private last = 0;

  /** @param speed for example 2 for half of the recorded intervals */
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
    // Flows of a pipe may be out of order.
    this.last = Math.max(this.last, this.start + ((began - this.origin) * 1000) / this.speed);
    return this.last;
  }

  /** Recorded bursts are kept. */
  earliest(due: number): number {
    return due;
  }

  /** The next round begins one average interval after the last request of this round. */
  nextRound(): void {
    if (this.start === undefined) return;
    const distance = this.count > 1 ? (this.last - this.start) / (this.count - 1) : 0;
    this.start = this.last + distance;
    this.last = this.start;
    this.origin = undefined;
    this.count = 0;
  }
}
