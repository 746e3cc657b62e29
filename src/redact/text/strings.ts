import { BACKSLASH, DQUOTE } from '../../flow/text/ascii.js';

const APOSTROPHE = 39;

/** The number of backslashes that begin at an offset. */
export function countBackslashes(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === BACKSLASH) at++;
  return at - from;
}

/** The number of backslashes directly before an offset. */
export function backslashesBefore(text: string, at: number): number {
  let start = at;
  while (start > 0 && text.charCodeAt(start - 1) === BACKSLASH) start--;
  return at - start;
}

export function isQuote(code: number): boolean {
  return code === DQUOTE || code === APOSTROPHE;
}

/**
 * The end of a string literal: the offset of its closing quote, or of the backslashes before the quote.
 * @param start after the opening quote
 * @param escapes number of backslashes before the opening quote: 1 for JSON inside a JSON string, 3 one level deeper
 * @param limit end of the search
 * @returns the limit if the string does not end before it
 */
export function endOfString(text: string, start: number, quote: number, escapes: number, limit = text.length): number {
  const period = (escapes + 1) * 2;
  const stop = Math.min(limit, text.length);
  let backslashes = 0;
  for (let at = start; at < stop; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) backslashes++;
    else {
      if (code === quote && backslashes % period === escapes) return at - escapes;
      backslashes = 0;
    }
  }
  return stop;
}

/** Decodes the escapes of a string literal. @param raw the text between the quotes @returns one character per byte */
export function unescaped(raw: string, escapes: number): string {
  let text = raw;
  for (let level = escapes; ; level = (level - 1) / 2) {
    if (!text.includes('\\')) return text;
    const parsed = parseLiteral(text);
    if (parsed === undefined) return text;
    text = parsed;
    if (level < 1) return text;
  }
}

/** @returns the decoded text, one character per byte; undefined if an escape is invalid in JSON */
function parseLiteral(raw: string): string | undefined {
  try {
    const text = Buffer.from(raw, 'latin1')
      .toString()
      .replace(/[\0-\x1f]/g, ' ');
    return Buffer.from(JSON.parse(`"${text}"`) as string).toString('latin1');
  } catch {
    return undefined;
  }
}
