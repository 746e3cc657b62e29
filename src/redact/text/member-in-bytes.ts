import { BACKSLASH, COLON, DQUOTE, SP } from '../../flow/text/ascii.js';
import type { Scan } from './scan.js';

/**
 * Redacts the value of a name in quotes, without decoding the text, if it is a string without escapes in plain data. Names that
 * are not secret names need no further search.
 * @param start of the name @param end of the name
 * @returns false if the name needs a search in the text
 */
export function memberAt(scan: Scan, start: number, end: number): boolean {
  const { bytes, length } = scan.input;
  if (scan.kind !== 'data' && scan.kind !== 'pairs') return false;
  if (end >= length || bytes[end] !== DQUOTE || start === 0 || bytes[start - 1] !== DQUOTE) return false;
  if (start > 1 && bytes[start - 2] === BACKSLASH) return false;
  const known = scan.names.ofBytes(bytes, start, end);
  const { rule } = known;
  if (!rule) return true;
  let at = skipSpaces(bytes, end + 1, length);
  if (bytes[at] !== COLON || rule.values === 'code') return false;
  at = skipSpaces(bytes, at + 1, length);
  if (at >= length || bytes[at] !== DQUOTE) return false;
  const open = at + 1;
  const limit = Math.min(length, scan.limitFor(rule, at) ?? length);
  for (at = open; at < limit && bytes[at] !== DQUOTE; at++) if (bytes[at] === BACKSLASH) return false;
  if (at >= limit) return false;
  const secret = bytes.toString('latin1', open, at);
  scan.putValue({ rule, name: known.name, from: start }, { start: open, end: at, secret });
  return true;
}

/** Skips a few spaces; most texts have no more. */
function skipSpaces(bytes: Uint8Array, from: number, length: number): number {
  let at = from;
  while (at < length && at - from < 4 && bytes[at] === SP) at++;
  return at;
}
