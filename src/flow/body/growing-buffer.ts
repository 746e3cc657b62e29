const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Bytes in a row, appended to behind and dropped in front. A single chunk is not copied; several are gathered in memory
 * that doubles, so that many small ones take linear time.
 */
export class GrowingBuffer {
  /** What it was before stays as it is when more is appended. */
  bytes: Buffer = EMPTY;
  /** The memory that `bytes` stands in, if it is our own. */
  private memory: ArrayBufferLike | undefined;

  append(chunk: Buffer): void {
    const have = this.bytes.length;
    if (have === 0) {
      this.bytes = chunk;
      this.memory = undefined;
      return;
    }
    const length = have + chunk.length;
    if (this.memory === undefined || this.memory.byteLength - this.bytes.byteOffset < length) {
      const larger = Buffer.allocUnsafeSlow(2 * length);
      this.bytes.copy(larger);
      this.memory = larger.buffer;
      this.bytes = larger;
    }
    const whole = Buffer.from(this.memory, this.bytes.byteOffset, length);
    chunk.copy(whole, have);
    this.bytes = whole;
  }

  /** Drops bytes in front; with `bytes.length` all of them. */
  drop(count: number): void {
    this.bytes = count === this.bytes.length ? EMPTY : this.bytes.subarray(count);
  }
}
