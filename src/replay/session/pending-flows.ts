/** Flows that are still to be answered, and what waits for them. */
export class PendingFlows {
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly open = new Set<string>();

  /** A flow was read, and will be answered or left out. */
  add(id: string): void {
    this.open.add(id);
  }

  /** @returns undefined if it has been answered, or was not read at all */
  wait(id: string): undefined | Promise<void> {
    if (!this.open.has(id)) return undefined;
    return new Promise((resolve) => {
      const waiting = this.waiting.get(id);
      if (waiting) waiting.push(resolve);
      else this.waiting.set(id, [resolve]);
    });
  }

  /** A flow was answered, or will never be. */
  settle(id: string): void {
    this.open.delete(id);
    for (const resolve of this.waiting.get(id) ?? []) resolve();
    this.waiting.delete(id);
  }

  clear(): void {
    const { waiting } = this;
    this.open.clear();
    for (const resolves of waiting.values()) for (const resolve of resolves) resolve();
    waiting.clear();
  }
}
