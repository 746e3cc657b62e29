const TICK_MS = 250;

/** A timer that can be set again and again. */
export interface Deadline {
  /** Called on expiry. */
  onExpiry: () => void;
  /** @param seconds from now; 0 clears it */
  set(seconds: number): void;
  clear(): void;
  /** Releases it for good. */
  dispose(): void;
}

/**
 * Timers for many connections: one interval serves all of them, so that a deadline per request costs two assignments.
 * They fire up to a quarter of a second late.
 */
export class Deadlines {
  private readonly live = new Set<Entry>();
  private interval: NodeJS.Timeout | undefined;
  private tick = 0;

  create(onExpiry: () => void = () => {}): Deadline {
    const entry: Entry = {
      at: 0,
      onExpiry,
      set: (seconds) => {
        entry.at = seconds > 0 ? this.tick + 1 + Math.ceil((seconds * 1000) / TICK_MS) : 0;
      },
      clear: () => {
        entry.at = 0;
      },
      dispose: () => {
        this.live.delete(entry);
        if (this.live.size === 0) this.stop();
      },
    };
    this.live.add(entry);
    this.interval ??= setInterval(() => this.sweep(), TICK_MS).unref();
    return entry;
  }

  private stop(): void {
    clearInterval(this.interval);
    this.interval = undefined;
  }

  private sweep(): void {
    this.tick++;
    for (const entry of this.live) {
      if (entry.at === 0 || entry.at > this.tick) continue;
      entry.at = 0;
      entry.onExpiry();
    }
  }
}

interface Entry extends Deadline {
  at: number;
  onExpiry: () => void;
}
