/**
 * Reads big-endian numbers and vectors (RFC 8446 section 3) in sequence. Reads beyond the end return zeros and empty
 * vectors and set `overrun`, so a single check at the end suffices.
 */
export class ByteCursor {
  overrun = false;
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  /** Reads a number of this many bytes. */
  number(size: 1 | 2 | 3): number {
    const bytes = this.take(size);
    return bytes.length === size ? bytes.readUIntBE(0, size) : 0;
  }

  take(length: number): Buffer {
    if (length > this.remaining) {
      this.overrun = true;
      this.at = this.bytes.length;
      return Buffer.alloc(0);
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Reads bytes that follow their length, which has this many bytes. */
  vector(size: 1 | 2 | 3): Buffer {
    return this.take(this.number(size));
  }
}
