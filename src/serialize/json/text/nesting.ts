import { BACKSLASH, DQUOTE } from '../../../flow/text/ascii.js';
import { JsonError } from './json-error.js';

/** Deeper than any flow. A hostile file must not exhaust memory, or the stack of code that walks the value. */
const DEPTH_LIMIT = 256;

export const NEWLINE = 0x0a;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;

/** The bytes allowed outside strings: punctuation, white space, numbers, `true`, `false` and `null`. */
const STRUCTURAL = new Uint8Array(256);
for (const character of '{}[]:,"+-.0123456789Etruefalsn \t\r\n') STRUCTURAL[character.charCodeAt(0)] = 1;

/** The stack of open brackets. It detects damage early: invalid bytes outside strings, and mismatched brackets. */
export class Nesting {
  depth = 0;
  /** Their closing brackets. Creating a typed array would cost more than scanning a small value. */
  private readonly open: number[] = [];

  /** Consumes a byte outside strings. @throws JsonError if it is not allowed there */
  take(byte: number): void {
    switch (byte) {
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (this.depth === DEPTH_LIMIT) throw new JsonError(`the value is nested more than ${DEPTH_LIMIT} levels deep`);
        // The closing bracket is two further in ASCII.
        this.open[this.depth++] = byte + 2;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (this.depth === 0 || this.open[this.depth - 1] !== byte) {
          throw new JsonError(`unmatched ${String.fromCharCode(byte)}`);
        }
        this.depth--;
        break;
      default:
        if (STRUCTURAL[byte] === 0) throw new JsonError('unexpected bytes between values');
    }
  }
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

/**
 * Finds the end of a string.
 * @param from after the opening quote, and not after a backslash
 * @returns the offset of the closing quote. If it lies beyond these bytes: their number, or one more if an escape
 * crosses the end
 * @throws JsonError at a control character, which is always damage
 */
export function closingQuote(bytes: Buffer, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === DQUOTE) return at;
    if (byte === BACKSLASH) at++;
    else if (byte < 0x20) throw new JsonError('control character in a string');
  }
  return at;
}
