import type { EventMarks } from '../../../flow/body/event-marks.js';
import type { Clock } from '../../../flow/clock.js';

const LF = 10;

const CR = 13;

/** A longer event is passed on in parts. */
const LIMIT = 1024 * 1024;

/**
 * Splits an event stream into events, which end with an empty line (WHATWG HTML, "Parsing an event stream"), and passes
 * them on in order.
 */
export class EventSplitter {
  private pieces: Buffer[] = [];
  private size = 0;
  /** The line so far is empty. */
  private emptyLine = true;
  /** The previous byte was a CR; a LF after it belongs to the same line end. */
  private afterCr = false;
  private pending: undefined | Promise<void>;

  /** @param show called with the lines of an event, without the empty line; the next event waits until it has resolved */
  constructor(private readonly show: (event: Buffer) => undefined | Promise<void>) {}

  /** @returns a promise if handlers are pending */
  push(bytes: Buffer): undefined | Promise<void> {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === LF && this.afterCr) this.afterCr = false;
      else if (byte === LF || byte === CR) {
        this.afterCr = byte === CR;
        if (this.emptyLine) {
          this.add(bytes.subarray(from, at));
          this.pass();
          from = at + 1;
        }
        this.emptyLine = true;
      } else {
        this.emptyLine = false;
        this.afterCr = false;
        at = lineEnd(bytes, at) - 1;
      }
    }
    this.add(bytes.subarray(from));
    if (this.size > LIMIT) this.pass();
    return this.pending;
  }

  /** Passes on an incomplete event. @returns a promise if handlers are pending */
  end(): undefined | Promise<void> {
    this.pass();
    return this.pending;
  }

  private add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.pieces.push(bytes);
    this.size += bytes.length;
  }

  private pass(): void {
    const event = withoutLineEnds(this.pieces.length === 1 ? this.pieces[0]! : Buffer.concat(this.pieces));
    this.pieces = [];
    this.size = 0;
    if (event.length === 0) return;
    const shown = this.pending ? this.pending.then(() => this.show(event)) : this.show(event);
    if (!shown) return;
    const settled: Promise<void> = shown.finally(() => {
      if (this.pending === settled) this.pending = undefined;
    });
    this.pending = settled;
  }
}

/** The end of the current line, or of the bytes. */
function lineEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === LF || bytes[at] === CR) return at;
  return bytes.length;
}

function withoutLineEnds(bytes: Buffer): Buffer {
  let start = 0;
  let end = bytes.length;
  while (start < end && (bytes[start] === LF || bytes[start] === CR)) start++;
  while (end > start && (bytes[end - 1] === LF || bytes[end - 1] === CR)) end--;
  return bytes.subarray(start, end);
}

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
