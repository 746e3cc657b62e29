import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, closingQuote, isSpace, Nesting, QUOTE } from './nesting.js';

/** Finds where a value ends without parsing it, in a window that may have to grow. */
export class ValueExtent {
  private readonly nesting = new Nesting();
  /** Bytes of the value that were looked at. */
  private seen = 0;
  private inString = false;
  private begun = false;

  /**
   * @param bytes the window, with at least what was there the last time
   * @param start the first byte of the value
   * @returns the place behind the value, or undefined if that lies behind these bytes
   * @throws JsonError if this cannot be JSON
   */
  find(bytes: Buffer, start: number): number | undefined {
    const { nesting } = this;
    let at = start + this.seen;
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (this.inString || byte === QUOTE) {
        const end = closingQuote(bytes, this.inString ? at : at + 1);
        this.inString = end >= bytes.length;
        // An escape that is not whole is looked at again.
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

  /** For a value that nobody wants. @returns how many bytes were looked at and are not needed any more */
  pass(): number {
    const { seen } = this;
    this.seen = 0;
    return seen;
  }
}

/** Where a number or literal ends. */
function isBoundary(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}
