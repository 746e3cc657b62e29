import type { BitReader } from './bit-reader.js';
import { type HuffmanTable, huffmanTable } from './huffman.js';

/**
 * The codes of a block with dynamic Huffman codes (RFC 1951 section 3.2.7): code lengths, which are coded themselves.
 */
export class DynamicCodes {
  literals: HuffmanTable = FIXED_LITERALS;
  distances: HuffmanTable = FIXED_DISTANCES;
  /** Number of lengths; 0 until it was read. */
  private count = 0;
  private literalCount = 0;
  private codeLengthCount = 0;
  /** The code of the lengths, once read. */
  private codes: HuffmanTable | undefined;
  private lengths = new Uint8Array(ORDER.length);
  /** Number of `lengths` read so far. */
  private read = 0;

  /** Reads as far as the bits allow. @returns false if some are missing; undefined if they are invalid */
  readFrom(bits: BitReader): boolean | undefined {
    if (this.count === 0) {
      const sizes = bits.take(14);
      if (sizes < 0) return false;
      this.literalCount = 257 + (sizes & 31);
      this.count = this.literalCount + 1 + ((sizes >> 5) & 31);
      this.codeLengthCount = 4 + (sizes >> 10);
      if (this.literalCount > 286 || this.count - this.literalCount > 30) return undefined;
    }
    while (!this.codes) {
      const length = bits.take(3);
      if (length < 0) return false;
      this.lengths[ORDER[this.read++]!] = length;
      if (this.read < this.codeLengthCount) continue;
      this.codes = huffmanTable(this.lengths);
      if (!this.codes) return undefined;
      this.lengths = new Uint8Array(this.count);
      this.read = 0;
    }
    const complete = this.readLengths(bits, this.codes);
    return complete ? this.makeTables() : complete;
  }

  private readLengths(bits: BitReader, codes: HuffmanTable): boolean | undefined {
    const { lengths, count } = this;
    while (this.read < count) {
      bits.fill();
      const entry = bits.lookUp(codes);
      if (entry <= 0) return entry === 0 ? undefined : false;
      const symbol = entry >> 4;
      const length = entry & 15;
      const extra = symbol < 16 ? 0 : symbol === 16 ? 2 : symbol === 17 ? 3 : 7;
      if (length + extra > bits.count) return false;
      const repeats = (bits.hold >>> length) & ((1 << extra) - 1);
      bits.drop(length + extra);
      if (symbol < 16) {
        lengths[this.read++] = symbol;
        continue;
      }
      if (symbol === 16 && this.read === 0) return undefined;
      const end = this.read + repeats + (symbol === 18 ? 11 : 3);
      if (end > count) return undefined;
      lengths.fill(symbol === 16 ? lengths[this.read - 1]! : 0, this.read, end);
      this.read = end;
    }
    return true;
  }

  private makeTables(): true | undefined {
    const literals = huffmanTable(this.lengths.subarray(0, this.literalCount));
    const distances = huffmanTable(this.lengths.subarray(this.literalCount));
    if (!literals || !distances || this.lengths[END_OF_BLOCK] === 0) return undefined;
    this.literals = literals;
    this.distances = distances;
    return true;
  }
}

/** The order in which the lengths of the code length code are sent. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The symbol after the literals; it ends a block (RFC 1951 section 3.2.5). */
export const END_OF_BLOCK = 256;

/** Lengths of matches by symbol from 257 on, and the number of extra bits. */
export const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];

export const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

/** Distances of matches by symbol, and the number of extra bits. */
export const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];

export const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];

/** The fixed codes, for blocks that send no codes (RFC 1951 section 3.2.6). */
export const FIXED_LITERALS = huffmanTable(
  Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
)!;

export const FIXED_DISTANCES = huffmanTable(new Uint8Array(32).fill(5))!;
