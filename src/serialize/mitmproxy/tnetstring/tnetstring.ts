import { COLON } from '../../../flow/text/ascii.js';
/**
 * tnetstrings: `LENGTH:PAYLOAD` and a type. The payload of a list or a dictionary is the sequence of its items. The
 * type follows the payload, so it is known only at the end.
 */
export const TAG = {
  bytes: 0x2c, // ,
  /** UTF-8, an extension by mitmproxy. */
  text: 0x3b, // ;
  integer: 0x23, // #
  float: 0x5e, // ^
  boolean: 0x21, // !
  null: 0x7e, // ~
  list: 0x5d, // ]
  dictionary: 0x7d, // }
} as const;

const ZERO = 0x30;

/** Maximum digits of a length, as in mitmproxy. */
const MAX_DIGITS = 12;
/** Maximum bytes of a length and its colon. */
export const LONGEST_PREFIX = MAX_DIGITS + 1;

/** Bytes that are not a valid tnetstring, or not the expected one. */
export class TnetstringError extends Error {
  override name = 'TnetstringError';
}

/** A length, and the offset of its payload. */
export interface Prefix {
  start: number;
  length: number;
}

/**
 * Reads a length and its colon.
 * @param into receives the result, which avoids an allocation per item
 * @returns false without a length before `end`
 */
export function readPrefix(bytes: Buffer, at: number, end: number, into: Prefix): boolean {
  let length = 0;
  let digits = at;
  for (; digits < end; digits++) {
    const value = bytes[digits]! - ZERO;
    if (value < 0 || value > 9) break;
    length = length * 10 + value;
  }
  const count = digits - at;
  if (count === 0 || count > MAX_DIGITS || digits >= end || bytes[digits] !== COLON) return false;
  if (count > 1 && bytes[at] === ZERO) return false;
  into.start = digits + 1;
  into.length = length;
  return true;
}
