/** Flows without a new response yet, and the requests that wait for them. */
export class PendingFlows {
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly open = new Set<string>();

  /** Adds a flow that was read. */
  add(id: string): void {
    this.open.add(id);
  }

  /** Waits for a flow. @returns undefined if it has ended or was never added */
  wait(id: string): undefined | Promise<void> {
    if (!this.open.has(id)) return undefined;
    return new Promise((resolve) => {
      const waiting = this.waiting.get(id);
      if (waiting) waiting.push(resolve);
      else this.waiting.set(id, [resolve]);
    });
  }

  /** Removes a flow that has ended or is not sent. */
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
