import { DQUOTE } from '../../flow/text/ascii.js';
import { jsonValue } from './json-value.js';
import type { Scan } from './scan.js';
import { backslashesBefore, endOfString } from './strings.js';

/** Maximum length of a string with escapes that is decoded. */
const LONGEST = 256 * 1024;
const COLON = /\s*:\s*/y;

/**
 * Redacts a JSON string in which ASCII characters are written as `\u0041`. It is decoded, searched and encoded again.
 * @param at the escape
 */
export function escapedStringAt(scan: Scan, at: number): void {
  const { text } = scan;
  const open = openingQuote(text, at, scan.resume);
  // No further escape belongs to a string that begins earlier.
  if (open < 0) return scan.skipTo(at);
  const end = endOfString(text, open + 1, DQUOTE, 0, open + LONGEST);
  const decoded = parse(text.slice(open, end + 1));
  if (decoded === undefined) return scan.skipTo(at);
  COLON.lastIndex = end + 1;
  const colon = COLON.exec(text)?.[0];
  const rule = colon === undefined ? undefined : scan.names.rule(decoded);
  if (rule && (rule.values !== 'code' || scan.isInExchange(open))) {
    jsonValue(scan, { rule, name: decoded, from: open }, end + 1 + colon!.length, 0);
    return;
  }
  const redacted = scan.redactPart(decoded);
  if (redacted !== undefined) scan.put(open, open, end + 1, JSON.stringify(redacted));
  else scan.skipTo(end);
}

/** @returns -1 if the offset is not in a string */
function openingQuote(text: string, from: number, floor: number): number {
  const lowest = Math.max(floor, from - LONGEST);
  const before = text.slice(lowest, from);
  for (let at = before.lastIndexOf('"'); at >= 0; at = at === 0 ? -1 : before.lastIndexOf('"', at - 1)) {
    if (backslashesBefore(before, at) % 2 === 0) return lowest + at;
  }
  return -1;
}

/** @returns one character per byte; undefined if it is not a JSON string */
function parse(literal: string): string | undefined {
  try {
    return Buffer.from(JSON.parse(Buffer.from(literal, 'latin1').toString()) as string).toString('latin1');
  } catch {
    return undefined;
  }
}
