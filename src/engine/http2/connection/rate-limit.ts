/** A budget for events that cost us more than the peer: it starts full and is refilled at a constant rate. */
export class RateLimit {
  private left: number;
  private at: number;

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.left = burst;
    this.at = now();
  }

  /** Counts an event. @returns false if the budget is exhausted */
  take(): boolean {
    if (--this.left >= 0) return true;
    const now = this.now();
    this.left = Math.min(this.burst, this.left + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    return this.left >= 0;
  }
}
