import { isUtf8 } from '../runtime.js';

/** Maximum length of a quotation in a message, in characters. */
const LONGEST = 80;

/** Untrusted text for a message: in quotes, on one line, with control characters escaped, and shortened. */
export function quote(text: string): string {
  return oneLine(JSON.stringify(cut(text)));
}

/** `quote` for text from the wire, in which each character is one byte: shown as UTF-8 if the bytes are valid UTF-8. */
export function quoteWire(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  if (isUtf8(bytes)) return quote(bytes.toString());
  return JSON.stringify(cut(text)).replace(/[\x7f-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
}

/** A text, shortened if it is long. */
export function cut(text: string, longest = LONGEST): string {
  return text.length > longest ? `${text.slice(0, boundary(text, longest))}…` : text;
}

/** An offset, or the one before it if a character lies across it. */
export function boundary(text: string, offset: number): number {
  return offset > 0 && (text.codePointAt(offset - 1) ?? 0) > 0xffff ? offset - 1 : offset;
}

/**
 * A message that may include untrusted text, on one line: control characters are escaped, and text beyond the limit is cut
 * off.
 */
export function oneLine(message: string, limit = Number.POSITIVE_INFINITY): string {
  return cut(message, limit).replace(
    UNSAFE,
    (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** Control characters, line ends, and marks that change the direction of text. */
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;
