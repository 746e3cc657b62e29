import { quote } from '../text/quote.js';
import { type Field, isNamed, parseBlock, UnreadBlock } from './field-block.js';
import { isToken } from './token.js';

export type { Field } from './field-block.js';

const EMPTY = Buffer.alloc(0);

/**
 * An HTTP field block: header or trailer fields (RFC 9110 section 5) with their case, order, duplicates and spacing. It holds
 * the bytes of the wire, a sequence of `Name: value\r\n` lines, and parses them on first access; HTTP/2 fields are kept in the
 * same form. Text is latin1: one character is one byte, so nothing is lost. Names are compared without regard to case.
 */
export class Headers implements Iterable<Field> {
  /** True once a method of this class altered the block. An unchanged block is forwarded byte for byte. */
  changed = false;
  private block: Buffer | undefined;
  /** The block until it is parsed, if it was read from a capture. */
  private unread: UnreadBlock | undefined;
  private fields: Field[] | undefined;
  /** After a change, for each field: its original line, or undefined if the field is new. */
  private lines: (string | undefined)[] | undefined;
  /** Whether an iterator may be reading `fields`. Then the array is copied before it is changed. */
  private iterated = false;

  /**
   * @param block complete lines, each ended by CRLF, without the empty line after the last field. It is not copied.
   * @throws TypeError if it is not bytes; `from` takes pairs
   */
  constructor(block: Buffer = EMPTY) {
    if (!(block instanceof Buffer)) throw new TypeError('Not a field block; Headers.from() takes pairs or an object');
    this.block = block;
  }

  /** @param memory contains complete lines, as for the constructor, from `start` to `end` */
  static within(memory: Buffer, start: number, end: number): Headers {
    const headers = new Headers();
    headers.block = undefined;
    headers.unread = new UnreadBlock(memory, start, end);
    return headers;
  }

  /**
   * Creates a block from fields, given as pairs or as an object.
   * @throws TypeError if a name or a value is not valid in a field block
   */
  static from(fields: Iterable<readonly [string, string]> | Record<string, string>): Headers {
    const headers = new Headers();
    const entries =
      Symbol.iterator in fields ? (fields as Iterable<readonly [string, string]>) : Object.entries(fields);
    headers.fields = Array.from(entries, ([name, value]): Field => [checkName(name), checkValue(name, value)]);
    headers.block = undefined;
    return headers;
  }

  /** @param fields the parsed fields of the block; neither is copied */
  static parsed(block: Buffer, fields: readonly Field[]): Headers {
    const headers = new Headers(block);
    headers.fields = fields as Field[];
    // The caller has the array, too: a change must copy it.
    headers.iterated = true;
    return headers;
  }

  /** The block as bytes, ready for the wire. */
  get bytes(): Buffer {
    this.block ??= this.unread?.bytes ?? Buffer.from(this.text(), 'latin1');
    return this.block;
  }

  /** The value of the field with this name, or undefined. Several lines are joined by `, ` (RFC 9110 section 5.3). */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    if (!this.fields && this.unread) {
      const value = this.unread.find(wanted);
      if (value !== null) return value;
    }
    let found: string | undefined;
    for (const [key, value] of this.parsed()) {
      if (isNamed(key, wanted)) found = found === undefined ? value : `${found}, ${value}`;
    }
    return found;
  }

  /** The values of all field lines with this name, in order. Read `Set-Cookie` this way: its values must not be joined. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    const values: string[] = [];
    for (const [key, value] of this.parsed()) if (isNamed(key, wanted)) values.push(value);
    return values;
  }

  has(name: string): boolean {
    const wanted = name.toLowerCase();
    if (!this.fields && this.unread) {
      const value = this.unread.find(wanted);
      if (value !== null) return value !== undefined;
    }
    for (const [key] of this.parsed()) if (isNamed(key, wanted)) return true;
    return false;
  }

  /**
   * Replaces all field lines with this name. The first keeps its place and the spelling of its name; a new field is added at
   * the end. Setting the current value changes nothing.
   * @throws TypeError if the name or a value is not valid in a field block
   */
  set(name: string, value: string | readonly string[]): void {
    const values = typeof value === 'string' ? [value] : value;
    for (const text of values) checkValue(name, text);
    const first = values.length === 1 ? values[0]! : values;
    let found = false;
    this.rewrite(name, (_, index) => {
      found = true;
      return index === 0 ? first : undefined;
    });
    if (!found) for (const text of values) this.append(name, text);
  }

  /** Adds a field line at the end. @throws TypeError if the name or the value is not valid in a field block */
  append(name: string, value: string): void {
    this.insert(Number.POSITIVE_INFINITY, name, value);
  }

  /**
   * Inserts a field line.
   * @param index of the line to insert before; negative counts from the end
   * @throws TypeError if the name or the value is not valid in a field block
   */
  insert(index: number, name: string, value: string): void {
    const field: Field = [checkName(name), checkValue(name, value)];
    const lines = this.rawLines();
    const fields = this.iterated ? [...this.parsed()] : this.parsed();
    this.iterated = false;
    fields.splice(index, 0, field);
    lines.splice(index, 0, undefined);
    this.replaceAll(fields, lines);
  }

  /**
   * Changes the field lines with this name one by one. A line whose value stays the same keeps its bytes.
   * @param change receives the value of a line and its index among the lines with this name. It returns the new value, an
   * array to replace the line with several, or undefined to remove it. What it changes in these headers itself is overwritten.
   * @returns whether anything changed
   * @throws TypeError if a value is not valid in a field block; then nothing is changed
   * @example headers.rewrite('set-cookie', (value) => value.replace('; Secure', ''));
   */
  rewrite(name: string, change: (value: string, index: number) => string | readonly string[] | undefined): boolean {
    const wanted = name.toLowerCase();
    // A block that was not parsed is parsed once for both.
    let linesBefore: readonly (string | undefined)[] | undefined = this.fields ? undefined : this.rawLines();
    const before = this.parsed();
    // `change` may change these headers, but not the array.
    const { iterated } = this;
    this.iterated = true;
    let fields: Field[] | undefined;
    let lines: (string | undefined)[] = [];
    let index = 0;
    for (let at = 0; at < before.length; at++) {
      const field = before[at]!;
      const [key, old] = field;
      let value: string | readonly string[] | undefined = old;
      if (isNamed(key, wanted)) {
        linesBefore ??= this.rawLines().slice();
        value = change(old, index++);
      }
      if (value === old) {
        fields?.push(field);
        if (fields) lines.push(linesBefore![at]);
        continue;
      }
      if (!fields) {
        fields = before.slice(0, at);
        lines = linesBefore!.slice(0, at);
      }
      for (const text of typeof value === 'string' ? [value] : (value ?? [])) {
        fields.push([key, checkValue(key, text)]);
        lines.push(undefined);
      }
    }
    this.iterated = iterated && !fields;
    if (fields) this.replaceAll(fields, lines);
    return fields !== undefined;
  }

  /** The field line at an index. @param index negative counts from the end */
  at(index: number): Field | undefined {
    return this.parsed().at(index);
  }

  /**
   * Changes the value of the field line at an index.
   * @param index negative counts from the end
   * @throws RangeError if the line does not exist; TypeError if the value is not valid in a field block
   */
  setAt(index: number, value: string): void {
    const lines = this.rawLines();
    const place = index < 0 ? index + this.length : index;
    const field = this.parsed()[place];
    if (!field) throw new RangeError(`No field line at index ${index}; there are ${this.length}`);
    if (field[1] === value) return;
    const fields = this.iterated ? [...this.parsed()] : this.parsed();
    this.iterated = false;
    fields[place] = [field[0], checkValue(field[0], value)];
    lines[place] = undefined;
    this.replaceAll(fields, lines);
  }

  /** Removes all field lines with this name. @returns whether a line was removed */
  delete(name: string): boolean {
    return this.rewrite(name, () => undefined);
  }

  [Symbol.iterator](): IterableIterator<Field> {
    this.iterated = true;
    return this.parsed()[Symbol.iterator]();
  }

  /** Names and values of all field lines, in order. */
  entries(): IterableIterator<Field> {
    return this[Symbol.iterator]();
  }

  /** The names of all field lines, in order; a name with several lines is repeated. */
  *keys(): IterableIterator<string> {
    for (const [name] of this) yield name;
  }

  /** The values of all field lines, in order. */
  *values(): IterableIterator<string> {
    for (const [, value] of this) yield value;
  }

  /** The number of field lines. */
  get length(): number {
    return this.parsed().length;
  }

  clone(): Headers {
    const copy = new Headers(this.bytes);
    copy.changed = this.changed;
    if (this.fields) {
      copy.fields = this.fields;
      // Both share the array: a change must copy it.
      copy.iterated = true;
      this.iterated = true;
    }
    return copy;
  }

  /** Stores the fields after a change. @param lines for each field its original line, or undefined if it is new */
  protected replaceAll(fields: Field[], lines: (string | undefined)[]): void {
    this.fields = fields;
    this.lines = lines;
    this.block = undefined;
    this.unread = undefined;
    this.changed = true;
  }

  private parsed(): Field[] {
    this.fields ??= this.parse();
    return this.fields;
  }

  private rawLines(): (string | undefined)[] {
    if (this.lines) return this.lines;
    // A block made by `from` has no original lines.
    if (!this.block && !this.unread) return new Array(this.fields!.length).fill(undefined);
    const lines: string[] = [];
    const fields = this.parse(lines);
    this.fields ??= fields;
    return lines;
  }

  private parse(lines?: string[]): Field[] {
    return this.unread ? this.unread.parse(lines) : parseBlock(this.block!.toString('latin1'), lines);
  }

  private text(): string {
    const { lines } = this;
    let text = '';
    for (const [at, [name, value]] of this.fields!.entries()) text += lines?.[at] ?? `${name}: ${value}\r\n`;
    return text;
  }
}

function checkName(name: string): string {
  if (!isToken(name.startsWith(':') ? name.slice(1) : name)) throw new TypeError(`Not a header name: ${quote(name)}`);
  return name;
}

const FORBIDDEN = /[\0\r\n]|[^\0-\xff]/;

function checkValue(name: string, value: string): string {
  // Hardly any value is folded, so the folds are removed only if there is something to object to.
  if (FORBIDDEN.test(value) && FORBIDDEN.test(value.replace(/\r\n(?=[ \t])/g, ''))) {
    throw new TypeError(`Header ${name}: a value must be latin1 text without CR, LF or NUL`);
  }
  return value;
}
