import { performance } from 'node:perf_hooks';

/**
 * Times of one flow or connection: the wall clock where it began, and from there on the monotonic clock, so that
 * durations stay right when somebody sets the system's clock. All values are seconds since the epoch, to the microsecond.
 */
export class Clock {
  /** Wall clock where this began, to the millisecond. */
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
