import { CR, LF } from '../../../flow/text/ascii.js';

/**
 * Finds where the events of an event stream begin and end (WHATWG HTML, "Parsing an event stream"). An event ends with an empty
 * line; the next one begins with the next line that is not empty.
 */
export class EventBoundaries {
  private open = false;
  /** The line so far is empty. */
  private emptyLine = true;
  /** The previous byte was a CR; a LF after it belongs to the same line end. */
  private afterCr = false;

  /** Whether an event has begun and not ended. */
  get inEvent(): boolean {
    return this.open;
  }

  /**
   * Searches the next bytes of the stream.
   * @param onBegin called with the offset of the first byte of an event
   * @param onEnd called with the offset of the empty line after an event
   */
  find(bytes: Buffer, onBegin: ((at: number) => void) | undefined, onEnd: ((at: number) => void) | undefined): void {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === LF && this.afterCr) this.afterCr = false;
      else if (isLineEnd(byte)) {
        this.afterCr = byte === CR;
        if (this.emptyLine && this.open) {
          this.open = false;
          onEnd?.(at);
        }
        this.emptyLine = true;
      } else {
        if (!this.open) onBegin?.(at);
        this.open = true;
        this.emptyLine = false;
        this.afterCr = false;
        // Only line starts matter: skip the rest of the line.
        at = lineEnd(bytes, at) - 1;
      }
    }
  }
}

export function isLineEnd(byte: number | undefined): boolean {
  return byte === LF || byte === CR;
}

/** The end of the current line, or of the bytes. */
function lineEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (isLineEnd(bytes[at])) return at;
  return bytes.length;
}
