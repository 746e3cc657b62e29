const EMPTY: Buffer = Buffer.alloc(0);

/**
 * A byte queue: append at the end, drop at the front. A single chunk is not copied; several are copied into memory that
 * doubles when it is full, so many small chunks take linear time.
 */
export class GrowingBuffer {
  /** The queued bytes. A view taken earlier stays valid after `append`. */
  bytes: Buffer = EMPTY;
  /** The memory behind `bytes`, if it is ours and not that of a chunk. */
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

  /** Drops bytes at the front. */
  drop(count: number): void {
    this.bytes = count === this.bytes.length ? EMPTY : this.bytes.subarray(count);
  }
}
