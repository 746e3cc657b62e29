/** Runs asynchronous steps one at a time. */
export class Steps {
  private last: Promise<void> = Promise.resolve();
  private count = 0;

  /** @param onIdle called when all steps are done; it may add new ones */
  constructor(private readonly onIdle: () => void) {}

  get busy(): boolean {
    return this.count > 0;
  }

  /** Runs a step after the previous ones. @param step handles its own failures */
  run(step: () => Promise<void>): void {
    this.count++;
    this.last = this.last.then(step).then(() => {
      this.count--;
      if (!this.busy) this.onIdle();
    });
  }

  async idle(): Promise<void> {
    while (this.busy) await this.last;
  }
}
