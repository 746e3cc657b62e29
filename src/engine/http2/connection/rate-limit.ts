/** A budget for events that cost us more than the peer: it starts full and is refilled at a constant rate. */
export class RateLimit {
  private tokens: number;
  private at: number;

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.tokens = burst;
    this.at = now();
  }

  /** Counts an event. @returns false if the budget is exhausted */
  take(): boolean {
    if (--this.tokens >= 0) return true;
    const now = this.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    return this.tokens >= 0;
  }
}
