import { isUtf8 } from 'node:buffer';
import { StringCache } from '../../shared/string-cache.js';
import type { Omitted, RecordOutline } from './record-outline.js';
import { LONGEST_PREFIX, type Prefix, readPrefix, TAG, TnetstringError } from './tnetstring.js';

const NO_HOLES: readonly Omitted[] = [];
/** Maximum length of a number whose digits may be a safe integer: 16 digits and a point. */
const MAX_DIGITS = 17;
const POINT = 46;

/**
 * Reads tnetstrings in memory item by item. Input is untrusted: any deviation from the expected type throws a
 * TnetstringError.
 */
export class TnetstringDecoder {
  bytes: Buffer = Buffer.alloc(0);
  /** Offset of the next item. */
  at = 0;
  /** Type of the current item. */
  tag = 0;
  /** Range of the payload of the current item. */
  start = 0;
  end = 0;
  private limit = 0;
  private holes = NO_HOLES;
  private readonly prefix: Prefix = { start: 0, length: 0 };
  private readonly strings = new StringCache(512);

  begin({ bytes, start, end, holes }: Pick<RecordOutline, 'bytes' | 'start' | 'end'> & Partial<RecordOutline>): void {
    this.bytes = bytes;
    this.at = start;
    this.limit = end;
    this.holes = holes ?? NO_HOLES;
  }

  /** Reads any item, and moves past it. @throws TnetstringError */
  item(): void {
    const { prefix, limit } = this;
    if (!readPrefix(this.bytes, this.at, Math.min(limit, this.at + LONGEST_PREFIX), prefix))
      this.fail('missing length');
    const end = this.holes.length === 0 ? prefix.start + prefix.length : this.endAmongHoles();
    if (end >= limit) this.fail('a length exceeds its container');
    this.tag = this.bytes[end]!;
    this.start = prefix.start;
    this.end = end;
    this.at = end + 1;
  }

  /** The omitted payload of the current item; undefined if it was not omitted. */
  get hole(): Omitted | undefined {
    if (this.prefix.length === 0 || this.end > this.start) return undefined;
    return this.holes.find(({ at }) => at === this.start);
  }

  /** Enters a list or a dictionary. @returns the end of its items @throws TnetstringError if it is another type */
  enter(tag: number): number {
    this.item();
    if (this.tag !== tag || this.hole) this.fail(tag === TAG.list ? 'not a list' : 'not a dictionary');
    this.at = this.start;
    return this.end;
  }

  /** Like `enter`, for an item that may be null. @returns undefined for null */
  enterOptional(tag: number): number | undefined {
    const before = this.at;
    this.item();
    if (this.tag === TAG.null) {
      this.checkNull();
      return undefined;
    }
    this.at = before;
    return this.enter(tag);
  }

  /** Leaves a list or a dictionary after all its items. @throws TnetstringError if the last one exceeds it */
  leave(end: number): void {
    if (this.at !== end) this.fail('an item exceeds its container');
    this.at = end + 1;
  }

  /** Reads the key of an entry. Early releases wrote keys as bytes. */
  key(): string {
    this.item();
    if (this.tag !== TAG.text && this.tag !== TAG.bytes) this.fail('not a key');
    return this.strings.get(this.bytes, this.start, this.end);
  }

  /** Reads text that was bytes on the wire, one byte per character. */
  latin1(): string {
    this.string();
    return this.bytes.toString('latin1', this.start, this.end);
  }

  optionalLatin1(): string | undefined {
    this.item();
    if (this.isNull()) return undefined;
    this.checkString();
    return this.bytes.toString('latin1', this.start, this.end);
  }

  text(): string {
    this.string();
    return this.currentText();
  }

  optionalText(): string | undefined {
    this.item();
    return this.currentOptionalText();
  }

  /** The current item as text; undefined for null. */
  currentOptionalText(): string | undefined {
    if (this.isNull()) return undefined;
    this.checkString();
    return this.currentText();
  }

  number(): number {
    this.item();
    return this.currentNumber();
  }

  optionalNumber(): number | undefined {
    this.item();
    return this.isNull() ? undefined : this.currentNumber();
  }

  boolean(): boolean {
    this.item();
    return this.currentBoolean();
  }

  optionalBoolean(): boolean | undefined {
    this.item();
    return this.isNull() ? undefined : this.currentBoolean();
  }

  /** Reads bytes or text as bytes, without copying. */
  binary(): Buffer {
    this.string();
    return this.bytes.subarray(this.start, this.end);
  }

  /** Whether the current item is null. */
  isNull(): boolean {
    if (this.tag !== TAG.null) return false;
    this.checkNull();
    return true;
  }

  /** @throws TnetstringError if the current item is neither text nor bytes */
  checkString(): void {
    if ((this.tag !== TAG.bytes && this.tag !== TAG.text) || this.hole) this.fail('not a text');
  }

  /** @throws TnetstringError if the current item, a null, has content */
  checkNull(): void {
    if (this.end !== this.start || this.prefix.length !== 0) this.fail('null with content');
  }

  /** The current item as text, regardless of its type. */
  currentText(): string {
    const text = this.strings.get(this.bytes, this.start, this.end);
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(this.start, this.end)))
      this.fail('text is not valid UTF-8');
    return text;
  }

  /** The current item as a number. */
  currentNumber(): number {
    const simple = this.simpleNumber();
    if (simple >= 0) return simple;
    const text = this.bytes.toString('latin1', this.start, this.end);
    if (this.tag === TAG.integer && /^-?\d{1,30}$/.test(text)) return Number(text);
    if (this.tag === TAG.float) {
      if (/^-?\d+(?:\.\d*)?(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
      if (text === 'nan') return Number.NaN;
      if (/^-?inf$/.test(text)) return text === 'inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    }
    return this.fail('not a number');
  }

  /**
   * The current item if it is a number of digits with at most one point, as almost all are; otherwise -1. If the digits are a
   * safe integer, they and the power of ten are exact, and their quotient is rounded as by `Number`.
   */
  private simpleNumber(): number {
    const { bytes, start, end, tag } = this;
    if ((tag !== TAG.integer && tag !== TAG.float) || end - start > MAX_DIGITS || end === start) return -1;
    let value = 0;
    let scale = 0;
    for (let at = start; at < end; at++) {
      const digit = bytes[at]! - 48;
      if (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        scale *= 10;
      } else if (bytes[at] === POINT && tag === TAG.float && scale === 0 && at > start) scale = 1;
      else return -1;
    }
    if (value > Number.MAX_SAFE_INTEGER) return -1;
    return scale > 1 ? value / scale : value;
  }

  /** The current item as a boolean. */
  currentBoolean(): boolean {
    if (this.tag === TAG.boolean) {
      const text = this.strings.get(this.bytes, this.start, this.end);
      if (text === 'true') return true;
      if (text === 'false') return false;
    }
    return this.fail('not a boolean');
  }

  fail(what: string): never {
    throw new TnetstringError(what);
  }

  /** End of the current item in the outline. Lengths include omitted payloads. */
  private endAmongHoles(): number {
    const { start, length } = this.prefix;
    let left = length;
    let removed = 0;
    for (const hole of this.holes) {
      if (hole.at < start) continue;
      if (hole.at - start + removed + hole.length > length) break;
      removed += hole.length;
      left -= hole.length;
    }
    return start + left;
  }

  private string(): void {
    this.item();
    this.checkString();
  }
}
