/** Bytes that are appended to in small pieces, without a copy of everything for each. */
export class GrowingBuffer {
  private buffer = Buffer.alloc(0);
  private length = 0;

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** What `bytes` was before stays as it is. */
  append(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (length > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.buffer.length * 2));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    chunk.copy(this.buffer, this.length);
    this.length = length;
  }
}
