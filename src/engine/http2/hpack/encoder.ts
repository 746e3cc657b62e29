import { DEFAULT_TABLE_SIZE } from './decoder.js';
import { DynamicTable } from './dynamic-table.js';
import { huffmanEncode, huffmanSize } from './huffman.js';
import { STATIC_TABLE } from './static-table.js';

/** Fields whose values seldom repeat: they would only displace others from the table. */
const SELDOM_REPEATED: ReadonlySet<string> = new Set([
  ':path',
  'age',
  'content-length',
  'content-range',
  'date',
  'etag',
  'if-modified-since',
  'if-none-match',
  'last-modified',
  'location',
  'set-cookie',
]);

const STATIC_NAMES = new Map<string, number>();
const STATIC_FIELDS = new Map<string, number>();
for (const [at, [name, value]] of STATIC_TABLE.entries()) {
  if (!STATIC_NAMES.has(name)) STATIC_NAMES.set(name, at + 1);
  STATIC_FIELDS.set(keyOf(name, value), at + 1);
}

/** Compresses the field blocks of one direction of a connection (RFC 7541). Blocks have to be sent in their order. */
export class HpackEncoder {
  private readonly table = new DynamicTable(DEFAULT_TABLE_SIZE);
  /** Sequence numbers of the newest entries, by field and by name. */
  private readonly fields = new Map<string, number>();
  private readonly names = new Map<string, number>();
  private out = Buffer.allocUnsafe(1024);
  private at = 0;
  private limit = DEFAULT_TABLE_SIZE;
  /** The smallest limit since the last block, if it has changed: to be announced to the decoder (section 4.2). */
  private lowest: number | undefined;

  constructor() {
    const forget: DynamicTable['onEvict'] = (name, value, sequence) => {
      const key = keyOf(name, value);
      if (this.fields.get(key) === sequence) this.fields.delete(key);
      if (this.names.get(name) === sequence) this.names.delete(name);
    };
    this.table.onEvict = forget;
  }

  /** The decoder allows another size of the dynamic table. No more than the default is used. */
  setLimit(bytes: number): void {
    const limit = Math.min(bytes, DEFAULT_TABLE_SIZE);
    if (limit === this.limit && this.lowest === undefined) return;
    this.limit = limit;
    this.lowest = Math.min(this.lowest ?? limit, limit);
    this.table.resize(limit);
  }

  /** Adds a field to the block, as latin1 text. @param neverIndexed no intermediary may put it into a table (section 7.1.3) */
  add(name: string, value: string, neverIndexed: boolean): void {
    if (this.lowest !== undefined) this.writeLimit(this.lowest);
    if (neverIndexed) {
      this.literal(0x10, 4, name, value);
      return;
    }
    const index = this.indexOf(keyOf(name, value), STATIC_FIELDS, this.fields);
    if (index > 0) {
      this.reserve(8);
      this.integer(0x80, 7, index);
      return;
    }
    if (SELDOM_REPEATED.has(name) || name.length + value.length > this.limit / 2) {
      this.literal(0, 4, name, value);
      return;
    }
    this.literal(0x40, 6, name, value);
    const sequence = this.table.added;
    this.table.add(name, value);
    if (this.table.added === sequence) return;
    this.fields.set(keyOf(name, value), sequence);
    this.names.set(name, sequence);
  }

  /** Ends the block. @returns its bytes */
  finish(): Buffer {
    if (this.lowest !== undefined) this.writeLimit(this.lowest);
    const block = Buffer.allocUnsafe(this.at);
    this.out.copy(block, 0, 0, this.at);
    this.at = 0;
    return block;
  }

  private writeLimit(lowest: number): void {
    this.lowest = undefined;
    this.reserve(16);
    if (lowest < this.limit) this.integer(0x20, 5, lowest);
    this.integer(0x20, 5, this.limit);
  }

  private literal(pattern: number, bits: number, name: string, value: string): void {
    this.reserve(32 + name.length + value.length);
    const index = this.indexOf(name, STATIC_NAMES, this.names);
    this.integer(pattern, bits, index);
    if (index === 0) this.text(name);
    this.text(value);
  }

  /** @returns 0 if neither table has it */
  private indexOf(key: string, inStatic: ReadonlyMap<string, number>, inDynamic: ReadonlyMap<string, number>): number {
    const fixed = inStatic.get(key);
    if (fixed !== undefined) return fixed;
    const sequence = inDynamic.get(key);
    return sequence === undefined ? 0 : STATIC_TABLE.length + this.table.added - sequence;
  }

  private text(text: string): void {
    const size = huffmanSize(text);
    if (size < text.length) {
      this.integer(0x80, 7, size);
      this.at = huffmanEncode(text, this.out, this.at);
    } else {
      this.integer(0, 7, text.length);
      this.at += this.out.write(text, this.at, 'latin1');
    }
  }

  private integer(pattern: number, bits: number, value: number): void {
    const { out } = this;
    const mask = (1 << bits) - 1;
    if (value < mask) {
      out[this.at++] = pattern | value;
      return;
    }
    out[this.at++] = pattern | mask;
    let rest = value - mask;
    while (rest >= 0x80) {
      out[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    out[this.at++] = rest;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.out.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.out.length * 2, this.at + bytes));
    this.out.copy(grown, 0, 0, this.at);
    this.out = grown;
  }
}

/** A colon in a name can only be its first character. */
function keyOf(name: string, value: string): string {
  return `${name}: ${value}`;
}
