import type { Headers } from '../../flow/http/headers.js';
import { COLON, CR, LF } from '../../flow/text/ascii.js';
import { trimOws } from '../../flow/text/white-space.js';

/** The header fields that describe the content. */
export interface ContentFields {
  readonly type: string | undefined;
  readonly encoding: string | undefined;
  /**
   * The position of the digits of `Content-Length`; undefined if the field is missing or repeated, or if the block has folded
   * lines or a transfer coding.
   */
  readonly length: { readonly start: number; readonly end: number } | undefined;
}

const TYPE = 'content-type';
const ENCODING = 'content-encoding';
const LENGTH = 'content-length';
const TRANSFER = 'transfer-encoding';
const LOWER_C = 99;
const LOWER_T = 116;

/** Offsets of the value of a field; its line ends at `end`. */
interface ValueRange {
  readonly start: number;
  readonly end: number;
}

/** Reads these fields from the bytes of a field block. Parsing the whole block costs more than searching it. */
export function contentFields(headers: Headers): ContentFields {
  const { bytes } = headers;
  const size = bytes.length;
  let type: ValueRange | undefined;
  let encoding: ValueRange | undefined;
  let length: ValueRange | undefined;
  let at = 0;
  while (at < size) {
    const name = knownNameAt(bytes, at);
    let end = at;
    while (end < size && bytes[end] !== LF) end++;
    // Folded lines are rare. Like repeated fields, they are left to the parser.
    if (isBlank(bytes[end + 1]) || name === TRANSFER) return byParsing(headers);
    if (name !== undefined) {
      const range = { start: at + name.length + 1, end };
      if (bytes[range.start - 1] !== COLON) return byParsing(headers);
      if (name === TYPE && !type) type = range;
      else if (name === ENCODING && !encoding) encoding = range;
      else if (name === LENGTH && !length) length = range;
      else return byParsing(headers);
    }
    at = end + 1;
  }
  const digits = length && digitsIn(bytes, length);
  if (length && !digits) return byParsing(headers);
  return { type: valueIn(bytes, type), encoding: valueIn(bytes, encoding), length: digits };
}

/** @returns the name of the field at the offset, if it is one of those above */
function knownNameAt(bytes: Buffer, at: number) {
  // Few other names begin with these letters.
  const first = bytes[at]! | 0x20;
  if (first === LOWER_C) return nameAt(bytes, at, TYPE) ?? nameAt(bytes, at, LENGTH) ?? nameAt(bytes, at, ENCODING);
  return first === LOWER_T ? nameAt(bytes, at, TRANSFER) : undefined;
}

function valueIn(bytes: Buffer, range: ValueRange | undefined): string | undefined {
  if (!range) return undefined;
  const { start, end } = range;
  return trimOws(bytes.toString('latin1', start, bytes[end - 1] === CR ? end - 1 : end));
}

/** @returns the offsets of the digits of a value; undefined if it has other characters */
function digitsIn(bytes: Buffer, range: ValueRange): ContentFields['length'] {
  let { start } = range;
  let end = bytes[range.end - 1] === CR ? range.end - 1 : range.end;
  while (start < end && isBlank(bytes[start])) start++;
  while (end > start && isBlank(bytes[end - 1])) end--;
  for (let at = start; at < end; at++) if (bytes[at]! < 48 || bytes[at]! > 57) return undefined;
  return start < end ? { start, end } : undefined;
}

/** @returns the name if the bytes at the offset match it */
function nameAt<Name extends string>(bytes: Buffer, at: number, name: Name): Name | undefined {
  const after = bytes[at + name.length];
  if (after !== COLON && !isBlank(after)) return undefined;
  for (let index = 0; index < name.length; index++) {
    if ((bytes[at + index]! | 0x20) !== name.charCodeAt(index)) return undefined;
  }
  return name;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}

function byParsing(headers: Headers): ContentFields {
  return { type: headers.get(TYPE), encoding: headers.get(ENCODING), length: undefined };
}
