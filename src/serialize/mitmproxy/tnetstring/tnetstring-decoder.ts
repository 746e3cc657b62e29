import { isUtf8 } from 'node:buffer';
import { StringCache } from '../../shared/string-cache.js';
import type { Omitted, RecordOutline } from './record-outline.js';
import { LONGEST_PREFIX, type Prefix, readPrefix, TAG, TnetstringError } from './tnetstring.js';

const NO_HOLES: readonly Omitted[] = [];

/**
 * Steps through the tnetstrings in memory, item by item. Nothing that it finds is trusted: whatever is not as asked for
 * throws a TnetstringError.
 */
export class TnetstringDecoder {
  bytes: Buffer = Buffer.alloc(0);
  /** Where the next item begins. */
  at = 0;
  /** Type of the current item. */
  tag = 0;
  /** Where the payload of the current item begins and ends. */
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

  /** Takes an item, whatever it is, and moves behind it. @throws TnetstringError */
  item(): void {
    const { prefix, limit } = this;
    if (!readPrefix(this.bytes, this.at, Math.min(limit, this.at + LONGEST_PREFIX), prefix)) this.fail('no length');
    const end = this.holes.length === 0 ? prefix.start + prefix.length : this.endAmongHoles();
    if (end >= limit) this.fail('a length that reaches too far');
    this.tag = this.bytes[end]!;
    this.start = prefix.start;
    this.end = end;
    this.at = end + 1;
  }

  /** The hole in place of the payload of the current item, if it was left out. */
  get hole(): Omitted | undefined {
    if (this.prefix.length === 0 || this.end > this.start) return undefined;
    return this.holes.find(({ at }) => at === this.start);
  }

  /** Begins a list or a dictionary. @returns where its items end @throws TnetstringError if it is something else */
  enter(tag: number): number {
    this.item();
    if (this.tag !== tag || this.hole) this.fail(tag === TAG.list ? 'no list' : 'no dictionary');
    this.at = this.start;
    return this.end;
  }

  /** The same for what may be null. @returns undefined if it is */
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

  /** Ends a list or a dictionary, of which all items were taken. @throws TnetstringError if the last one reaches beyond */
  leave(end: number): void {
    if (this.at !== end) this.fail('an item that reaches too far');
    this.at = end + 1;
  }

  /** The key of an entry; the first releases wrote them as bytes. */
  key(): string {
    this.item();
    if (this.tag !== TAG.text && this.tag !== TAG.bytes) this.fail('no key');
    return this.strings.get(this.bytes, this.start, this.end);
  }

  /** Text that was bytes on the wire: each character is one byte. */
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

  /** The current item as text. */
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

  /** Bytes or text, as bytes that are not copied. */
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
    if ((this.tag !== TAG.bytes && this.tag !== TAG.text) || this.hole) this.fail('no text');
  }

  /** @throws TnetstringError if the current item, whose type is null, has content */
  checkNull(): void {
    if (this.end !== this.start || this.prefix.length !== 0) this.fail('no null');
  }

  /** The current item as text, whatever its type. */
  currentText(): string {
    const text = this.strings.get(this.bytes, this.start, this.end);
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(this.start, this.end)))
      this.fail('text that is no UTF-8');
    return text;
  }

  /** The current item as a number. */
  currentNumber(): number {
    const text = this.bytes.toString('latin1', this.start, this.end);
    if (this.tag === TAG.integer && /^-?\d{1,30}$/.test(text)) return Number(text);
    if (this.tag === TAG.float) {
      if (/^-?\d+(?:\.\d*)?(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
      if (text === 'nan') return Number.NaN;
      if (/^-?inf$/.test(text)) return text === 'inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    }
    return this.fail('no number');
  }

  /** The current item as true or false. */
  currentBoolean(): boolean {
    if (this.tag === TAG.boolean) {
      const text = this.bytes.toString('latin1', this.start, this.end);
      if (text === 'true') return true;
      if (text === 'false') return false;
    }
    return this.fail('neither true nor false');
  }

  fail(what: string): never {
    throw new TnetstringError(`there is ${what}`);
  }

  /** Lengths count what was left out, too. */
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
