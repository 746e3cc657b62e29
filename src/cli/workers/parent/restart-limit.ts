/** Restarts in this many milliseconds count. */
const WINDOW = 60_000;
const MOST_IN_WINDOW = 20;
const LONGEST_WAIT = 5000;

/** Decides how soon a process that has ended is started again. */
export class RestartLimit {
  private readonly times: number[] = [];

  constructor(private readonly now = (): number => performance.now()) {}

  /** @returns milliseconds to wait; undefined if it ends so often that another start is useless */
  next(): number | undefined {
    const now = this.now();
    while (this.times.length > 0 && this.times[0]! < now - WINDOW) this.times.shift();
    if (this.times.length >= MOST_IN_WINDOW) return undefined;
    this.times.push(now);
    // The first ones are immediate.
    return Math.min(LONGEST_WAIT, Math.max(0, this.times.length - 3) * 500);
  }
}
