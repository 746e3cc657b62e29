import type { Headers } from '../../flow/http/headers.js';
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
const LF = 10;
const COLON = 58;

/** Reads these fields from the bytes of a field block. Parsing the whole block costs more than searching it. */
export function contentFields(headers: Headers): ContentFields {
  const { bytes } = headers;
  const size = bytes.length;
  let type: string | undefined;
  let encoding: string | undefined;
  let length: ContentFields['length'];
  let at = 0;
  while (at < size) {
    const first = bytes[at]! | 0x20;
    let name: string | undefined;
    if (first === 99) name = nameAt(bytes, at, TYPE) ?? nameAt(bytes, at, LENGTH) ?? nameAt(bytes, at, ENCODING);
    else if (first === 116) name = nameAt(bytes, at, TRANSFER);
    let end = at;
    while (end < size && bytes[end] !== LF) end++;
    // Folded lines are rare. Like repeated fields, they are left to the parser.
    if (bytes[end + 1] === 32 || bytes[end + 1] === 9 || name === TRANSFER) return byParsing(headers);
    if (name !== undefined) {
      if (bytes[at + name.length] !== COLON) return byParsing(headers);
      const start = at + name.length + 1;
      if (name === LENGTH) {
        if (length !== undefined) return byParsing(headers);
        length = digitsIn(bytes, start, end);
        if (!length) return byParsing(headers);
        at = end + 1;
        continue;
      }
      const value = trimOws(bytes.toString('latin1', start, bytes[end - 1] === 13 ? end - 1 : end));
      if (name === TYPE && type === undefined) type = value;
      else if (name === ENCODING && encoding === undefined) encoding = value;
      else return byParsing(headers);
    }
    at = end + 1;
  }
  return { type, encoding, length };
}

/**
 * The position of the digits in a line.
 * @param end of the line, at its LF
 * @returns undefined if the value has other characters
 */
function digitsIn(bytes: Buffer, from: number, end: number): ContentFields['length'] {
  let start = from;
  let stop = bytes[end - 1] === 13 ? end - 1 : end;
  while (start < stop && (bytes[start] === 32 || bytes[start] === 9)) start++;
  while (stop > start && (bytes[stop - 1] === 32 || bytes[stop - 1] === 9)) stop--;
  for (let at = start; at < stop; at++) if (bytes[at]! < 48 || bytes[at]! > 57) return undefined;
  return start < stop ? { start, end: stop } : undefined;
}

/** @returns the name if the bytes at the offset match it */
function nameAt(bytes: Buffer, at: number, name: string): string | undefined {
  const end = at + name.length;
  const behind = bytes[end];
  if (behind !== COLON && behind !== 32 && behind !== 9) return undefined;
  for (let index = 0; index < name.length; index++) {
    if ((bytes[at + index]! | 0x20) !== name.charCodeAt(index)) return undefined;
  }
  return name;
}

function byParsing(headers: Headers): ContentFields {
  return { type: headers.get(TYPE), encoding: headers.get(ENCODING), length: undefined };
}
