import { quote } from '../text/quote.js';
import { trimOws } from '../text/white-space.js';
import { isToken } from './token.js';

/** A field name and its value, as text in which each character is one byte (latin1). */
export type Field = [name: string, value: string];

const EMPTY = Buffer.alloc(0);

/**
 * An HTTP field block: header or trailer fields with their case, order, duplicates and spacing, as RFC 9110 section 5
 * calls them. It holds the bytes of the wire, one `Name: value\r\n` line after the other, and parses them only when
 * somebody asks; HTTP/2 fields are kept in the same form. Text is latin1: one character is one byte, so nothing is lost.
 */
export class Headers implements Iterable<Field> {
  /** True once a method of this class altered the block; the unchanged block goes on byte for byte. */
  changed = false;
  private block: Buffer | undefined;
  private fields: Field[] | undefined;
  /** Whether an iterator may be on its way through `fields`: what is appended then is not for it. */
  private iterated = false;

  /** @param block whole lines, each ended by CRLF, without the empty line that ends a head. It is not copied. */
  constructor(block: Buffer = EMPTY) {
    this.block = block;
  }

  static from(fields: Iterable<readonly [string, string]> | Record<string, string>): Headers {
    const headers = new Headers();
    const entries =
      Symbol.iterator in fields ? (fields as Iterable<readonly [string, string]>) : Object.entries(fields);
    headers.fields = Array.from(entries, ([name, value]): Field => [checkName(name), checkValue(name, value)]);
    headers.block = undefined;
    return headers;
  }

  /** @param fields what parsing the block would give; neither is copied */
  static parsed(block: Buffer, fields: readonly Field[]): Headers {
    const headers = new Headers(block);
    headers.fields = fields as Field[];
    // So that nothing is added to the list itself.
    headers.iterated = true;
    return headers;
  }

  /** The block as bytes, ready for the wire. */
  get bytes(): Buffer {
    this.block ??= Buffer.from(this.fields!.map(([name, value]) => `${name}: ${value}\r\n`).join(''), 'latin1');
    return this.block;
  }

  /** The value of the field with this name, several joined by `, ` (RFC 9110 section 5.3), or undefined. */
  get(name: string): string | undefined {
    const all = this.getAll(name);
    return all.length > 1 ? all.join(', ') : all[0];
  }

  /** The values of all field lines with this name, in order. `Set-Cookie` has to be read this way. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    const values: string[] = [];
    for (const [key, value] of this.parsed()) if (isNamed(key, wanted)) values.push(value);
    return values;
  }

  has(name: string): boolean {
    const wanted = name.toLowerCase();
    return this.parsed().some(([key]) => isNamed(key, wanted));
  }

  /**
   * Replaces all fields with this name: the first keeps its place and the spelling of its name, a new one goes to the end.
   * @throws TypeError if the name or a value cannot stand in a field block
   */
  set(name: string, value: string | readonly string[]): void {
    const wanted = name.toLowerCase();
    const values = (typeof value === 'string' ? [value] : value).map((text) => checkValue(name, text));
    const before = this.parsed();
    const at = before.findIndex(([key]) => key.toLowerCase() === wanted);
    const spelling = at < 0 ? checkName(name) : before[at]![0];
    const kept = before.filter(([key]) => key.toLowerCase() !== wanted);
    kept.splice(at < 0 ? kept.length : at, 0, ...values.map((text): Field => [spelling, text]));
    this.replaceAll(kept);
  }

  /** Adds one more field line at the end. @throws TypeError if name or value cannot stand in a field block */
  append(name: string, value: string): void {
    const field: Field = [checkName(name), checkValue(name, value)];
    const fields = this.iterated ? [...this.parsed()] : this.parsed();
    this.iterated = false;
    fields.push(field);
    this.replaceAll(fields);
  }

  /** Removes all fields with this name and says whether there were any. */
  delete(name: string): boolean {
    const wanted = name.toLowerCase();
    const before = this.parsed();
    const kept = before.filter(([key]) => key.toLowerCase() !== wanted);
    if (kept.length === before.length) return false;
    this.replaceAll(kept);
    return true;
  }

  [Symbol.iterator](): Iterator<Field> {
    this.iterated = true;
    return this.parsed()[Symbol.iterator]();
  }

  get length(): number {
    return this.parsed().length;
  }

  clone(): Headers {
    const copy = new Headers(this.bytes);
    copy.changed = this.changed;
    return copy;
  }

  private replaceAll(fields: Field[]): void {
    this.fields = fields;
    this.block = undefined;
    this.changed = true;
  }

  private parsed(): Field[] {
    this.fields ??= parseBlock(this.block!);
    return this.fields;
  }
}

/** Latin1 text has the same length in lower case. */
function isNamed(key: string, wanted: string): boolean {
  return key.length === wanted.length && key.toLowerCase() === wanted;
}

/** Splits a block into fields. A folded line (obs-fold, RFC 9112 section 5.2) belongs to the value before it. */
function parseBlock(block: Buffer): Field[] {
  const fields: Field[] = [];
  const text = block.toString('latin1');
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf('\r\n', start);
    if (end < 0) end = text.length;
    while (text[end + 2] === ' ' || text[end + 2] === '\t') {
      const next = text.indexOf('\r\n', end + 2);
      end = next < 0 ? text.length : next;
    }
    // HTTP/2 pseudo-header names begin with the colon that is not the separator.
    const split = findColon(text, text[start] === ':' ? start + 1 : start, end);
    if (split < end) fields.push([trimOws(text, start, split), trimOws(text, split + 1, end)]);
    else if (end > start) fields.push([text.slice(start, end), '']);
    start = end + 2;
  }
  return fields;
}

/** @returns `end` if there is none; `indexOf` would look through all that follows, for each line without one */
function findColon(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) !== COLON) at++;
  return Math.min(at, end);
}

const COLON = 58;

function checkName(name: string): string {
  if (!isToken(name.startsWith(':') ? name.slice(1) : name)) throw new TypeError(`Not a header name: ${quote(name)}`);
  return name;
}

function checkValue(name: string, value: string): string {
  if (/[\0\r\n]|[^\0-\xff]/.test(value.replace(/\r\n(?=[ \t])/g, ''))) {
    throw new TypeError(`Header ${name}: a value holds bytes as latin1 text, without CR, LF or NUL`);
  }
  return value;
}
