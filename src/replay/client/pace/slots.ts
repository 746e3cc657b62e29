/** Limits the number of concurrent requests; further requests wait in order. */
export class Slots {
  private used = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly size: number) {}

  /** Whether a slot is free. */
  get free(): boolean {
    return this.used < this.size;
  }

  /** @returns a promise if no slot is free */
  acquire(): undefined | Promise<void> {
    if (this.used < this.size) {
      this.used++;
      return undefined;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  release(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.used--;
  }
}
