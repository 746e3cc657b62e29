/** So many names come back at most: one a second of a day. */
const REMEMBERED = 100_000;

/** The files that this run has written, so that none of them is emptied when its name comes again. */
export class OwnFiles {
  private readonly sizes = new Map<string, number>();

  has(path: string): boolean {
    return this.sizes.has(path);
  }

  /** The size in which it was left. */
  sizeOf(path: string): number | undefined {
    return this.sizes.get(path);
  }

  remember(path: string, size: number): void {
    this.sizes.delete(path);
    this.sizes.set(path, size);
    if (this.sizes.size > REMEMBERED) this.sizes.delete(this.sizes.keys().next().value!);
  }
}
