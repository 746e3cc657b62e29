import { LONGEST_NAME } from '../names/secret-names.js';
import { NAME_CHARACTERS } from './names-in-text.js';
import type { Scan, ScanInput } from './scan.js';

const QUOTE = 34;
const PERCENT = 37;
const AND = 38;
const APOSTROPHE = 39;
const SPACE = 32;
const DASH = 45;
const COLON = 58;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;
const BACKSLASH = 92;
const BRACKET = 93;

/**
 * Like `nameAt`, but without decoding the text. It handles most hits: words that are not names, and JSON members whose value is
 * a string without escapes.
 * @param hit an offset inside the name
 * @returns false if `nameAt` has to handle the hit
 */
export function memberAt(scan: Scan, { bytes, length }: ScanInput, hit: number): boolean {
  let start = hit;
  while (start > 0 && hit - start < LONGEST_NAME && NAME_CHARACTERS[bytes[start - 1]!] === 1) start--;
  let end = hit;
  while (end < length && end - start <= LONGEST_NAME && NAME_CHARACTERS[bytes[end]!] === 1) end++;
  const before = start > 0 ? bytes[start - 1]! : 0;
  const after = end < length ? bytes[end]! : 0;
  if (start >= end || before === PERCENT || before === LESS || before === COLON || before === GREATER) return false;
  if (before === EQUALS || before === APOSTROPHE || (before === SPACE && bytes[start - 2] === COLON)) return false;
  if (bytes[start] === DASH && bytes[start + 1] === DASH) return false;
  if (after !== QUOTE) return !mayBeName(bytes, end, length);
  if (before !== QUOTE || (start > 1 && bytes[start - 2] === BACKSLASH)) return false;
  const known = scan.names.ofBytes(bytes, start, end);
  const { rule } = known;
  if (!rule) return true;
  let at = skipSpaces(bytes, end + 1, length);
  if (bytes[at] !== COLON || rule.values === 'code') return false;
  at = skipSpaces(bytes, at + 1, length);
  if (at >= length || bytes[at] !== QUOTE) return false;
  const open = at + 1;
  const limit = Math.min(length, scan.limitFor(rule, at) ?? length);
  for (at = open; at < limit && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) return false;
  if (at >= limit) return false;
  const secret = bytes.toString('latin1', open, at);
  scan.putValue({ rule, name: known.name, from: start }, { start: open, end: at, secret });
  return true;
}

/** Whether a word is followed by a character that makes it a name. */
function mayBeName(bytes: Uint8Array, end: number, length: number): boolean {
  let at = end;
  while (at < length && (bytes[at] === 32 || bytes[at] === 9)) at++;
  if (at >= length) return false;
  const after = bytes[at]!;
  if (after === COLON || after === EQUALS) return true;
  if (at > end) return false;
  return after === APOSTROPHE || after === BACKSLASH || after === BRACKET || after === PERCENT || after === AND;
}

/** Skips a few spaces; most texts have no more. */
function skipSpaces(bytes: Uint8Array, from: number, length: number): number {
  let at = from;
  while (at < length && at - from < 4 && bytes[at] === 32) at++;
  return at;
}
