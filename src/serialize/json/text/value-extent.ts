import { COMMA, DQUOTE } from '../../../flow/text/ascii.js';
import { CLOSE_BRACE, CLOSE_BRACKET, closingQuote, isSpace, Nesting } from './nesting.js';

/** Finds the end of a value without parsing it, in a window that may have to grow. */
export class ValueExtent {
  private readonly nesting = new Nesting();
  /** Bytes of the value that were scanned. */
  private seen = 0;
  private inString = false;
  private begun = false;

  /**
   * @param bytes the window, with at least the bytes of the previous call
   * @param start the first byte of the value
   * @returns the offset after the value; undefined if it lies beyond these bytes
   * @throws JsonError if this cannot be JSON
   */
  find(bytes: Buffer, start: number): number | undefined {
    const { nesting } = this;
    let at = start + this.seen;
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (this.inString || byte === DQUOTE) {
        const end = closingQuote(bytes, this.inString ? at : at + 1);
        this.inString = end >= bytes.length;
        // An incomplete escape is scanned again.
        at = this.inString ? Math.min(end, bytes.length) - (end > bytes.length ? 1 : 0) : end + 1;
        if (this.inString) break;
        if (nesting.depth === 0) return at;
      } else {
        if (nesting.depth === 0 && this.begun && isBoundary(byte)) return at;
        this.begun = true;
        nesting.take(byte);
        at++;
        if (nesting.depth === 0 && (byte === CLOSE_BRACE || byte === CLOSE_BRACKET)) return at;
      }
    }
    this.seen = at - start;
    return undefined;
  }

  /** Drops the scanned bytes of a value that is skipped. @returns their number */
  pass(): number {
    const { seen } = this;
    this.seen = 0;
    return seen;
  }
}

/** Whether a byte ends a number or literal. */
function isBoundary(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}
