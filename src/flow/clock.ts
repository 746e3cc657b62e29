import { performance } from 'node:perf_hooks';

/**
 * Timestamps of one flow or connection. The wall clock gives the start and the monotonic clock the rest, so durations stay
 * right when the system clock is set. All values are seconds since the epoch, with a resolution of a microsecond.
 */
export class Clock {
  /** The wall clock at the start, with a resolution of a millisecond. */
  readonly start: number;
  private readonly offset: number;

  constructor() {
    const wall = Date.now();
    this.start = wall / 1000;
    this.offset = wall - performance.now();
  }

  now(): number {
    return Math.round((performance.now() + this.offset) * 1000) / 1e6;
  }
}
