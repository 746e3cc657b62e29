/** Flows that are still to be answered, and what waits for them. */
export class PendingFlows {
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly settled = new Set<string>();

  /** @returns undefined if it has been answered */
  wait(id: string): undefined | Promise<void> {
    if (this.settled.has(id)) return undefined;
    return new Promise((resolve) => {
      const waiting = this.waiting.get(id);
      if (waiting) waiting.push(resolve);
      else this.waiting.set(id, [resolve]);
    });
  }

  /**
   * A flow was answered, or will never be.
   * @param isKept whether it may be waited for later
   */
  settle(id: string, isKept: boolean): void {
    if (isKept) this.settled.add(id);
    for (const resolve of this.waiting.get(id) ?? []) resolve();
    this.waiting.delete(id);
  }

  clear(): void {
    const { waiting } = this;
    this.settled.clear();
    for (const resolves of waiting.values()) for (const resolve of resolves) resolve();
    waiting.clear();
  }
}
