import type { EventMarks } from '../../../flow/body/event-marks.js';
import type { Clock } from '../../../flow/clock.js';

const LF = 10;
const CR = 13;

/**
 * Records the offset and time of each event of an event stream: an event begins after an empty line (WHATWG HTML, "Parsing an
 * event stream"). Lines of coded content are not visible, so each chunk is taken as an event.
 */
export class EventScanner {
  private offset = 0;
  /** The next byte begins an event, unless it ends another empty line. */
  private begins = true;
  /** The line so far is empty. */
  private emptyLine = true;
  /** The previous byte was a CR; a LF after it belongs to the same line end. */
  private afterCr = false;

  constructor(
    private readonly marks: EventMarks,
    private readonly clock: Clock,
    private readonly isCoded: boolean,
  ) {}

  push(bytes: Buffer): void {
    if (this.isCoded) this.marks.append(this.offset, this.clock.now());
    else this.scan(bytes);
    this.offset += bytes.length;
  }

  private scan(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === LF && this.afterCr) this.afterCr = false;
      else if (byte === LF || byte === CR) {
        this.afterCr = byte === CR;
        this.begins ||= this.emptyLine;
        this.emptyLine = true;
      } else {
        if (this.begins) this.marks.append(this.offset + at, this.clock.now());
        this.begins = false;
        this.emptyLine = false;
        this.afterCr = false;
        // Only line starts matter: skip the rest of the line.
        at = lineEnd(bytes, at) - 1;
      }
    }
  }
}

/** The end of the current line, or of the bytes. */
function lineEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === LF || bytes[at] === CR) return at;
  return bytes.length;
}
