import { BitReader } from './bit-reader.js';
import {
  DISTANCE_BASE,
  DISTANCE_EXTRA,
  DynamicCodes,
  END_OF_BLOCK,
  FIXED_DISTANCES,
  FIXED_LITERALS,
  LENGTH_BASE,
  LENGTH_EXTRA,
} from './dynamic-codes.js';
import type { HuffmanTable } from './huffman.js';

/** The data is not valid DEFLATE. */
export class InflateError extends Error {
  override name = 'InflateError';
  constructor() {
    super('The compressed data is damaged');
  }
}

/** The next element. */
type State = 'block' | 'storedLength' | 'stored' | 'codes' | 'symbol' | 'length' | 'distance' | 'distanceBits';

/**
 * Decompresses an endless DEFLATE stream (RFC 1951) that arrives in pieces, as the messages of permessage-deflate do
 * (RFC 7692 section 7.2.2). Node's zlib keeps its state between messages only in asynchronous mode, which is fifty
 * times as slow for a small message.
 */
export class Inflater {
  private state: State = 'block';
  private readonly bits = new BitReader();
  private isLast = false;
  private literals: HuffmanTable = FIXED_LITERALS;
  private distances: HuffmanTable = FIXED_DISTANCES;
  private dynamic = new DynamicCodes();
  /** Remaining bytes of a stored block (-1: not read yet), or of a match. */
  private length = 0;
  /** Index of the current length or distance symbol. */
  private code = 0;
  /** The output: the history for matches, and from `emitted` on the bytes not passed on yet. */
  private window: Buffer = Buffer.allocUnsafe(FIRST_WINDOW);
  private end = 0;
  private emitted = 0;

  /** @param output gets the decompressed bytes, in pieces of up to 64 KB */
  constructor(private readonly output: (bytes: Buffer) => void) {}

  /** @throws InflateError, or the error of `output` */
  write(bytes: Buffer): void {
    this.bits.bytes = bytes;
    this.bits.at = 0;
    while (this.step());
  }

  /**
   * Ends a message whose last four bytes, those of an empty stored block, were not sent.
   * @param keepsContext whether the next message may refer to this one
   * @throws InflateError if the message is incomplete
   */
  endMessage(keepsContext: boolean): void {
    this.write(EMPTY_BLOCK);
    if (this.state !== 'block' || this.bits.count !== 0) throw new InflateError();
    this.emit();
    if (keepsContext) return;
    this.end = 0;
    this.emitted = 0;
  }

  /** @returns false if another step needs more bytes */
  private step(): boolean {
    switch (this.state) {
      case 'block':
        return this.beginBlock();
      case 'storedLength':
        return this.readStoredLength();
      case 'stored':
        return this.copyStored();
      case 'codes':
        return this.readCodes();
      default:
        return this.readSymbols();
    }
  }

  private beginBlock(): boolean {
    const head = this.bits.take(3);
    if (head < 0) return false;
    this.isLast = (head & 1) === 1;
    switch (head >> 1) {
      case 0:
        this.bits.align();
        this.length = -1;
        this.state = 'storedLength';
        break;
      case 1:
        this.literals = FIXED_LITERALS;
        this.distances = FIXED_DISTANCES;
        this.state = 'symbol';
        break;
      case 2:
        this.dynamic = new DynamicCodes();
        this.state = 'codes';
        break;
      default:
        throw new InflateError();
    }
    return true;
  }

  private endBlock(): void {
    // After the last block of a stream the next one starts at a byte boundary (RFC 7692 section 7.2.3.5).
    if (this.isLast) this.bits.align();
    this.state = 'block';
  }

  /** The length is sent twice, the second time inverted. */
  private readStoredLength(): boolean {
    const value = this.bits.take(16);
    if (value < 0) return false;
    if (this.length < 0) this.length = value;
    else if (value !== (this.length ^ 0xffff)) throw new InflateError();
    else if (this.length === 0) this.endBlock();
    else this.state = 'stored';
    return true;
  }

  private copyStored(): boolean {
    const { bits } = this;
    while (this.length > 0) {
      this.makeRoom();
      if (bits.count > 0) {
        this.window[this.end++] = bits.take(8);
        this.length--;
        continue;
      }
      const count = Math.min(this.length, bits.bytes.length - bits.at, this.window.length - this.end);
      if (count === 0) return false;
      bits.bytes.copy(this.window, this.end, bits.at, bits.at + count);
      this.end += count;
      this.length -= count;
      bits.at += count;
    }
    this.endBlock();
    return true;
  }

  private readCodes(): boolean {
    const complete = this.dynamic.readFrom(this.bits);
    if (complete === undefined) throw new InflateError();
    if (!complete) return false;
    this.literals = this.dynamic.literals;
    this.distances = this.dynamic.distances;
    this.state = 'symbol';
    return true;
  }

  /** Reads up to the end of the block or of the bytes. No part of a match needs more bits than `fill` provides. */
  private readSymbols(): boolean {
    const { bits, literals, distances } = this;
    for (;;) {
      bits.fill();
      // Only the state of a match that spans two pieces is kept in fields.
      if (this.state === 'symbol') {
        const symbol = this.readLiterals(literals);
        if (symbol < 0) return false;
        if (symbol === END_OF_BLOCK) {
          this.endBlock();
          return true;
        }
        this.state = 'length';
        this.code = symbol - END_OF_BLOCK - 1;
        if (this.code >= LENGTH_BASE.length) throw new InflateError();
      } else if (this.state === 'length') {
        const extra = bits.take(LENGTH_EXTRA[this.code]!);
        if (extra < 0) return false;
        this.length = LENGTH_BASE[this.code]! + extra;
        this.state = 'distance';
      } else if (this.state === 'distance') {
        const entry = bits.lookUp(distances);
        if (entry === 0) throw new InflateError();
        if (entry < 0) return false;
        this.code = entry >> 4;
        if (this.code >= DISTANCE_BASE.length) throw new InflateError();
        bits.drop(entry & 15);
        this.state = 'distanceBits';
      } else {
        const extra = bits.take(DISTANCE_EXTRA[this.code]!);
        if (extra < 0) return false;
        this.copyMatch(DISTANCE_BASE[this.code]! + extra);
        this.state = 'symbol';
      }
    }
  }

  /** Outputs literals up to the next other symbol. @returns that symbol, or -1 if it needs more bits */
  private readLiterals({ entries, bits: width }: HuffmanTable): number {
    const { bits } = this;
    const { bytes } = bits;
    const mask = (1 << width) - 1;
    let { hold, count, at } = bits;
    let { window, end } = this;
    let symbol: number;
    for (;;) {
      while (count <= 24 && at < bytes.length) {
        hold |= bytes[at++]! << count;
        count += 8;
      }
      const entry = entries[hold & mask]!;
      const used = entry & 15;
      symbol = -1;
      if (entry === 0 && count >= width) throw new InflateError();
      if (entry === 0 || used > count) break;
      symbol = entry >> 4;
      hold >>>= used;
      count -= used;
      if (symbol >= END_OF_BLOCK) break;
      if (end === window.length) {
        this.end = end;
        this.makeRoom();
        ({ window, end } = this);
      }
      window[end++] = symbol;
    }
    bits.hold = hold;
    bits.count = count;
    bits.at = at;
    this.end = end;
    return symbol;
  }

  private copyMatch(distance: number): void {
    const { length } = this;
    if (this.window.length - this.end < length) this.makeRoom();
    if (distance > this.end) throw new InflateError();
    const { window, end } = this;
    this.end = end + length;
    if (distance >= length && length >= WORTH_COPYING) window.copyWithin(end, end - distance, end - distance + length);
    // The match overlaps itself, so its bytes repeat.
    else if (distance === 1) window.fill(window[end - 1]!, end, end + length);
    else for (let at = end; at < end + length; at++) window[at] = window[at - distance]!;
  }

  /** Makes room for the longest match. */
  private makeRoom(): void {
    const { window, end } = this;
    if (window.length - end >= LONGEST_MATCH) return;
    if (window.length < LAST_WINDOW) {
      this.window = Buffer.allocUnsafe(window.length * 2);
      window.copy(this.window, 0, 0, end);
      return;
    }
    this.emit();
    window.copyWithin(0, end - HISTORY, end);
    this.end = HISTORY;
    this.emitted = HISTORY;
  }

  private emit(): void {
    const { window, emitted, end } = this;
    this.emitted = end;
    if (end > emitted) this.output(Buffer.from(window.subarray(emitted, end)));
  }
}

/** Maximum distance of a match in bytes. */
const HISTORY = 32 * 1024;
const FIRST_WINDOW = 1024;
const LAST_WINDOW = 2 * HISTORY;
const LONGEST_MATCH = 258;
const WORTH_COPYING = 48;
const EMPTY_BLOCK = Buffer.from([0, 0, 0xff, 0xff]);
