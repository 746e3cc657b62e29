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
export function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/**
 * A message that may include untrusted text, on one line: control characters are escaped, and text beyond the limit is cut
 * off.
 */
export function oneLine(message: string, limit = Number.POSITIVE_INFINITY): string {
  const short = message.length > limit ? `${message.slice(0, limit)}…` : message;
  return short.replace(UNSAFE, (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** Control characters, line ends, and marks that change the direction of text. */
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;
