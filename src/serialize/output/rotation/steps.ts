/** Does one thing after the other. */
export class Steps {
  private last: Promise<void> = Promise.resolve();
  private count = 0;

  /** @param onIdle called when everything is done, which may begin something new */
  constructor(private readonly onIdle: () => void) {}

  get busy(): boolean {
    return this.count > 0;
  }

  /** Does it when everything before is done. @param step handles its failures itself */
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
