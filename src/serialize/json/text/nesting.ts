import { JsonError } from './json-error.js';

/** Deeper than any flow; a hostile file must not use up memory or the stack of whoever walks through the value. */
const DEPTH_LIMIT = 256;

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const NEWLINE = 0x0a;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;

/** Which bytes may stand outside strings: punctuation, white space, numbers, `true`, `false` and `null`. */
const STRUCTURAL = new Uint8Array(256);
for (const character of '{}[]:,"+-.0123456789Etruefalsn \t\r\n') STRUCTURAL[character.charCodeAt(0)] = 1;

/** The brackets that are open. Damage shows early: what cannot stand outside a string, or closes the wrong bracket. */
export class Nesting {
  depth = 0;
  /** The bytes that close them. A typed array would cost more than the search for the end of a small value. */
  private readonly open: number[] = [];

  /** Takes a byte outside strings. @throws JsonError if it cannot stand there */
  take(byte: number): void {
    switch (byte) {
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (this.depth === DEPTH_LIMIT) throw new JsonError(`it is nested more than ${DEPTH_LIMIT} deep`);
        // The closing bracket is two further in ASCII.
        this.open[this.depth++] = byte + 2;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (this.depth === 0 || this.open[this.depth - 1] !== byte) {
          throw new JsonError(`a ${String.fromCharCode(byte)} closes nothing`);
        }
        this.depth--;
        break;
      default:
        if (STRUCTURAL[byte] === 0) throw new JsonError('there are unexpected bytes between values');
    }
  }
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

/**
 * Looks for the end of a string.
 * @param from behind the opening quote, and not behind a backslash
 * @returns where the closing quote is; the number of bytes or one more if it lies behind them (one more: an escape does)
 * @throws JsonError at a control character, which only damage can put there
 */
export function closingQuote(bytes: Buffer, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
    else if (byte < 0x20) throw new JsonError('there is a control character in a string');
  }
  return at;
}
