import type { EventMarks } from '../../../flow/body/event-marks.js';
import type { Clock } from '../../../flow/clock.js';

const LF = 10;
const CR = 13;

/**
 * Notes where each event of an event stream begins, and when that came (WHATWG HTML, "Parsing an event stream"): behind an
 * empty line. Of coded content, whose lines cannot be seen, each piece that comes counts.
 */
export class EventScanner {
  private offset = 0;
  /** The next byte, unless it ends another empty line, begins an event. */
  private begins = true;
  /** The line so far is empty. */
  private emptyLine = true;
  /** The byte before was a CR, with which a LF makes one line end. */
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
        // The rest of a line says nothing.
        at = lineEnd(bytes, at) - 1;
      }
    }
  }
}

/** Where the line ends that has begun, or the bytes do. */
function lineEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === LF || bytes[at] === CR) return at;
  return bytes.length;
}
