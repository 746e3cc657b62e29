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
  private readonly live: Entry[] = [];
  private interval: NodeJS.Timeout | undefined;
  private tick = 0;

  create(onExpiry: () => void = () => {}): Deadline {
    const entry: Entry = {
      at: 0,
      place: this.live.length,
      onExpiry,
      set: (seconds) => {
        entry.at = seconds > 0 ? this.tick + 1 + Math.ceil((seconds * 1000) / TICK_MS) : 0;
      },
      clear: () => {
        entry.at = 0;
      },
      dispose: () => this.remove(entry),
    };
    this.live.push(entry);
    this.interval ??= setInterval(() => this.sweep(), TICK_MS).unref();
    return entry;
  }

  /** The last entry takes its place. A `Set` would retain garbage; see `TransientSet`. */
  private remove(entry: Entry): void {
    const { live } = this;
    entry.at = 0;
    if (live[entry.place] !== entry) return;
    const last = live.pop()!;
    if (last !== entry) {
      live[entry.place] = last;
      last.place = entry.place;
    }
    if (live.length === 0) this.stop();
  }

  private stop(): void {
    clearInterval(this.interval);
    this.interval = undefined;
  }

  private sweep(): void {
    this.tick++;
    // Entries may be created and disposed of on expiry.
    for (const entry of [...this.live]) {
      if (entry.at === 0 || entry.at > this.tick) continue;
      entry.at = 0;
      entry.onExpiry();
    }
  }
}

interface Entry extends Deadline {
  /** The tick on which it expires; 0 if it is cleared. */
  at: number;
  /** In the list of all entries. */
  place: number;
  onExpiry: () => void;
}
