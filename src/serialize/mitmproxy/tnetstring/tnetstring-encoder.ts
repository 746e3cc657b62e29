import type { ByteSource } from '../../../flow/body/body.js';
import { COLON } from '../../../flow/text/ascii.js';
import { paddedRead } from '../../input/padded-read.js';
import type { Piece } from '../../output/pieces.js';
import { TAG } from './tnetstring.js';

const SCRATCH = 64 * 1024;
/** Buffers of at least this size are not copied. */
const LARGE = 16 * 1024;
/** Texts up to this length are written character by character. */
const SHORT = 40;
const DEEPEST = 64;

/**
 * Builds tnetstrings from the end, as lengths come first: the last item is appended first, and the value of an entry
 * before its key. Bodies on disk are only measured; they become separate pieces.
 */
export class TnetstringEncoder {
  private readonly scratch = Buffer.allocUnsafeSlow(SCRATCH);
  private at = SCRATCH;
  /** Pieces from the last to the first. */
  private pieces: Piece[] = [];
  private size = 0;

  begin(): void {
    this.at = SCRATCH;
    this.pieces = [];
    this.size = 0;
  }

  /** The result, in order. */
  finish(): Piece[] {
    this.flush();
    return this.pieces.reverse();
  }

  /** Opens a list or a dictionary at its end. @returns the argument for `close` */
  open(tag: number): number {
    this.byte(tag);
    return this.size;
  }

  close(opened: number): void {
    this.prefix(this.size - opened);
  }

  bytes(content: Buffer | string): void {
    this.byte(TAG.bytes);
    const before = this.size;
    this.raw(content, 'latin1');
    this.prefix(this.size - before);
  }

  text(content: string): void {
    this.byte(TAG.text);
    const before = this.size;
    this.raw(content, 'utf8');
    this.prefix(this.size - before);
  }

  optionalText(content: string | undefined): void {
    if (content === undefined) this.null();
    else this.text(content);
  }

  integer(value: number): void {
    this.short(String(Number.isSafeInteger(value) ? value : Math.trunc(value) || 0), TAG.integer);
  }

  float(value: number): void {
    this.short(floatText(value), TAG.float);
  }

  optionalFloat(value: number | undefined): void {
    if (value === undefined) this.null();
    else this.float(value);
  }

  boolean(value: boolean): void {
    this.short(value ? 'true' : 'false', TAG.boolean);
  }

  optionalBoolean(value: boolean | undefined): void {
    if (value === undefined) this.null();
    else this.boolean(value);
  }

  null(): void {
    this.short('', TAG.null);
  }

  /** Appends the content of a body. */
  body(source: ByteSource): void {
    const { buffer, size } = source;
    if (buffer) return this.bytes(buffer);
    this.byte(TAG.bytes);
    this.piece(() => paddedRead(source, size), size);
    this.prefix(size);
  }

  /** Appends a list that was encoded separately. */
  list(items: Piece, size: number): void {
    this.byte(TAG.list);
    if (Buffer.isBuffer(items)) this.raw(items, 'latin1');
    else this.piece(items, size);
    this.prefix(size);
  }

  /** Appends any value. Unsupported types and cycles become null. */
  value(value: unknown, above: readonly object[] = []): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'boolean') this.boolean(value);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'bigint') this.short(String(value), TAG.integer);
    else if (value instanceof Uint8Array) this.bytes(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    else if (value instanceof Date) this.optionalText(Number.isNaN(value.getTime()) ? undefined : value.toISOString());
    else if (typeof value !== 'object' || value === null) this.null();
    else if (above.length === DEEPEST || above.includes(value)) this.null();
    else if (Array.isArray(value)) this.items(value, [...above, value]);
    else this.entries(value instanceof Map ? [...value] : Object.entries(value), [...above, value]);
  }

  key(name: string): void {
    this.text(name);
  }

  private items(items: readonly unknown[], above: readonly object[]): void {
    const list = this.open(TAG.list);
    for (let at = items.length - 1; at >= 0; at--) this.value(items[at], above);
    this.close(list);
  }

  private entries(entries: readonly (readonly [unknown, unknown])[], above: readonly object[]): void {
    const dictionary = this.open(TAG.dictionary);
    for (let at = entries.length - 1; at >= 0; at--) {
      const [key, value] = entries[at]!;
      if (value === undefined) continue;
      this.value(value, above);
      this.key(String(key));
    }
    this.close(dictionary);
  }

  private number(value: number): void {
    if (Number.isSafeInteger(value)) this.integer(value);
    else this.float(value);
  }

  private short(payload: string, tag: number): void {
    this.byte(tag);
    this.raw(payload, 'latin1');
    this.prefix(payload.length);
  }

  private prefix(length: number): void {
    this.byte(COLON);
    this.raw(String(length), 'latin1');
  }

  private byte(value: number): void {
    if (this.at === 0) this.flush();
    this.at--;
    this.scratch[this.at] = value;
    this.size++;
  }

  private raw(content: Buffer | string, encoding: 'latin1' | 'utf8'): void {
    if (typeof content === 'string' && content.length <= SHORT && this.ascii(content)) return;
    const length = typeof content === 'string' ? Buffer.byteLength(content, encoding) : content.length;
    if (length > LARGE) {
      const bytes = typeof content === 'string' ? Buffer.from(content, encoding) : content;
      this.piece(bytes, length);
      return;
    }
    if (this.at < length) this.flush();
    this.at -= length;
    if (typeof content === 'string') this.scratch.write(content, this.at, length, encoding);
    else content.copy(this.scratch, this.at);
    this.size += length;
  }

  /** Appends a short text without a call of `Buffer.write`, which costs more. @returns false if it is not ASCII */
  private ascii(content: string): boolean {
    const { length } = content;
    if (this.at < length) this.flush();
    const { scratch } = this;
    const start = this.at - length;
    for (let at = 0; at < length; at++) {
      const code = content.charCodeAt(at);
      if (code > 0x7f) return false;
      scratch[start + at] = code;
    }
    this.at = start;
    this.size += length;
    return true;
  }

  private piece(piece: Piece, size: number): void {
    this.flush();
    this.pieces.push(piece);
    this.size += size;
  }

  /** Turns the content of the scratch buffer into a piece. */
  private flush(): void {
    if (this.at === SCRATCH) return;
    this.pieces.push(Buffer.from(this.scratch.subarray(this.at)));
    this.at = SCRATCH;
  }
}

/** Formats a number so that Python parses it as a float. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
