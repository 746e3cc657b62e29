import { HpackError } from '../errors.js';
import { DynamicTable } from './dynamic-table.js';
import { huffmanDecode } from './huffman.js';
import { STATIC_TABLE } from './static-table.js';

/** Receives the fields of a block, as latin1 text. @param neverIndexed the sender marked the field as sensitive (section 7.1.3) */
export type FieldSink = (name: string, value: string, neverIndexed: boolean) => void;

/** The size of the dynamic table that a peer may use, unless a setting changes it. */
export const DEFAULT_TABLE_SIZE = 4096;

/** Decompresses the field blocks of one direction of a connection (RFC 7541), in their order. */
export class HpackDecoder {
  private readonly table = new DynamicTable(DEFAULT_TABLE_SIZE);
  private scratch = Buffer.allocUnsafe(1024);
  private block: Buffer = this.scratch;
  private at = 0;

  /**
   * Decodes one block. Memory and time are bounded by its size: a field that is repeated by its index is not copied.
   * @throws HpackError
   */
  decode(block: Buffer, onField: FieldSink): void {
    this.block = block;
    this.at = 0;
    let atStart = true;
    while (this.at < block.length) {
      const first = block[this.at]!;
      if (first >= 0x80) {
        const index = this.integer(7);
        onField(this.nameAt(index), this.valueAt(index), false);
      } else if (first >= 0x40) {
        const name = this.name(6);
        const value = this.text();
        this.table.add(name, value);
        onField(name, value, false);
      } else if (first >= 0x20) {
        if (!atStart) throw new HpackError('a table size update after a field');
        const size = this.integer(5);
        if (size > DEFAULT_TABLE_SIZE) throw new HpackError('a table size above the limit');
        this.table.resize(size);
        continue;
      } else {
        const name = this.name(4);
        onField(name, this.text(), first >= 0x10);
      }
      atStart = false;
    }
  }

  /** @param bits of the prefix (section 5.1) */
  private integer(bits: number): number {
    const { block } = this;
    const mask = (1 << bits) - 1;
    let value = block[this.at++]! & mask;
    if (value < mask) return value;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = block[this.at++];
      if (byte === undefined) throw new HpackError('an incomplete number');
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new HpackError('a number that is too large');
  }

  private name(bits: number): string {
    const index = this.integer(bits);
    return index === 0 ? this.text() : this.nameAt(index);
  }

  private text(): string {
    const { block } = this;
    const isCoded = (block[this.at] ?? 0) >= 0x80;
    if (this.at >= block.length) throw new HpackError('an incomplete field');
    const length = this.integer(7);
    const start = this.at;
    const end = start + length;
    if (end > block.length) throw new HpackError('a text that is longer than its block');
    this.at = end;
    if (!isCoded) return block.toString('latin1', start, end);
    const most = Math.floor((length * 8) / 5);
    if (this.scratch.length < most) this.scratch = Buffer.allocUnsafe(most);
    return this.scratch.toString('latin1', 0, huffmanDecode(block, start, end, this.scratch));
  }

  private nameAt(index: number): string {
    if (index >= 1 && index <= STATIC_TABLE.length) return STATIC_TABLE[index - 1]![0];
    return this.entry(index).name;
  }

  private valueAt(index: number): string {
    if (index >= 1 && index <= STATIC_TABLE.length) return STATIC_TABLE[index - 1]![1];
    return this.entry(index).value;
  }

  private entry(index: number): { name: string; value: string } {
    const entry = index > 0 ? this.table.at(index - STATIC_TABLE.length - 1) : undefined;
    if (!entry) throw new HpackError('an index outside the tables');
    return entry;
  }
}
