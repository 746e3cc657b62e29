import type { PaceClock } from '../../../../src/replay/client/pace/clock.js';

/** A clock that a test moves on. */
export class FakeClock implements PaceClock {
  private time = 1000;
  private readonly waiting: { until: number; resolve: () => void }[] = [];

  now(): number {
    return this.time;
  }

  /** @param late by how many milliseconds a timer is late */
  constructor(private readonly late: () => number = () => 0) {}

  wait(milliseconds: number): Promise<void> {
    const until = this.time + milliseconds + this.late();
    return new Promise((resolve) => this.waiting.push({ until, resolve }));
  }

  /** Ends the waits up to then, in order, and lets their consequences happen. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      await settled();
      const next = this.waiting.filter(({ until }) => until <= end).sort((one, other) => one.until - other.until)[0];
      if (!next) break;
      this.time = Math.max(this.time, next.until);
      this.waiting.splice(this.waiting.indexOf(next), 1);
      next.resolve();
    }
    this.time = end;
  }

  /** Like a busy event loop: time passes, and no timer fires. */
  stall(milliseconds: number): void {
    this.time += milliseconds;
  }
}

/** All that follows of resolved promises has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
