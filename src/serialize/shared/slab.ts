const SLAB_SIZE = 64 * 1024;

/**
 * Keeps copies of small pieces side by side, so that whoever holds on to one does not hold on to the whole block it was
 * read with.
 */
export class Slab {
  bytes: Buffer = Buffer.alloc(0);
  private used = 0;

  /** @returns where the copy begins in `bytes` */
  copy(from: Buffer, start: number, length: number): number {
    if (this.bytes.length - this.used < length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_SIZE, length));
      this.used = 0;
    }
    from.copy(this.bytes, this.used, start, start + length);
    this.used += length;
    return this.used - length;
  }
}
