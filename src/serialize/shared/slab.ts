const SLAB_SIZE = 64 * 1024;

/** Stores copies of small pieces together, so that keeping one does not keep the block that it was read from. */
export class Slab {
  bytes: Buffer = Buffer.alloc(0);
  private used = 0;

  /** @returns offset of the copy in `bytes` */
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
