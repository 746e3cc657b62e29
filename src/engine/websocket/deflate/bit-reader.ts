import type { HuffmanTable } from './huffman.js';

/** Reads bits from bytes that arrive in pieces (RFC 1951 section 3.1.1). */
export class BitReader {
  /** Bits taken from the bytes but not used, the next one lowest. */
  hold = 0;
  /** Number of these bits. */
  count = 0;
  /** The current piece, and the offset of its next byte. */
  bytes: Buffer = NOTHING;
  at = 0;

  /** @returns a number of up to 16 bits; -1 if more bits are needed */
  take(bits: number): number {
    while (this.count < bits) {
      if (this.at === this.bytes.length) return -1;
      this.hold |= this.bytes[this.at++]! << this.count;
      this.count += 8;
    }
    const value = this.hold & ((1 << bits) - 1);
    this.drop(bits);
    return value;
  }

  /** Takes as many bytes as fit, so that at least 25 bits are available unless the piece has ended. */
  fill(): void {
    while (this.count <= 24 && this.at < this.bytes.length) {
      this.hold |= this.bytes[this.at++]! << this.count;
      this.count += 8;
    }
  }

  /** Call `fill` first. @returns the table entry for the next bits; 0 if no code matches, -1 if more bits are needed */
  lookUp({ entries, bits }: HuffmanTable): number {
    const entry = entries[this.hold & ((1 << bits) - 1)]!;
    if (entry === 0) return this.count >= bits ? 0 : -1;
    return (entry & 15) > this.count ? -1 : entry;
  }

  drop(bits: number): void {
    this.hold >>>= bits;
    this.count -= bits;
  }

  /** Drops bits up to the next byte. */
  align(): void {
    this.drop(this.count & 7);
  }
}

const NOTHING = Buffer.alloc(0);
