/** The limit applies to the restarts in this many milliseconds. */
const WINDOW = 60_000;
const MAX_IN_WINDOW = 20;
const LONGEST_WAIT = 5000;

/** Decides when to restart a process that has ended, and limits the number of restarts. */
export class RestartLimit {
  private readonly times: number[] = [];

  constructor(private readonly now = (): number => performance.now()) {}

  /** @returns milliseconds to wait; undefined if there were too many restarts */
  next(): number | undefined {
    const now = this.now();
    while (this.times.length > 0 && this.times[0]! < now - WINDOW) this.times.shift();
    if (this.times.length >= MAX_IN_WINDOW) return undefined;
    this.times.push(now);
    // No delay for the first three.
    return Math.min(LONGEST_WAIT, Math.max(0, this.times.length - 3) * 500);
  }
}
