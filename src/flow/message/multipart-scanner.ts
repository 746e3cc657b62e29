import { findDelimiter, isBoundary } from './multipart-bytes.js';

/** White space after a boundary, and its line end, that are recognised across chunks. */
const MARGIN = 256;
/** The line end before a delimiter belongs to it. */
const LINE_END = 2;

/** Receives the parts of a multipart body. */
export interface PartReceiver {
  /** @param bytes header and content @param offset of the part in the body */
  small(bytes: Buffer, offset: number): void;
  /** A part above the limit begins. Without this method, it is left out. @param start its first bytes */
  large?(start: Buffer): LargePart;
}

/** Receives the rest of a large part. */
interface LargePart {
  push(bytes: Buffer): void;
  end(): void;
}

/** Finds the parts of a multipart body that arrives in pieces, in memory that does not depend on its size. */
export class MultipartScanner {
  private readonly delimiter: Buffer;
  /** The bytes that may contain the beginning of a delimiter, after up to two that were taken. */
  private window: Buffer = EMPTY;
  /** Offset of the window in the body. */
  private base = 0;
  /** Offset in the window of the next byte to take. */
  private at = 0;
  private part: Part | undefined;
  private isOver: boolean;

  /** @param limit maximum size of a small part */
  constructor(
    boundary: string,
    private readonly limit: number,
    private readonly receiver: PartReceiver,
  ) {
    this.delimiter = Buffer.from(`--${boundary}`, 'latin1');
    this.isOver = !isBoundary(boundary);
  }

  push(chunk: Buffer): void {
    if (this.isOver) return;
    this.window = this.window.length === 0 ? chunk : Buffer.concat([this.window, chunk]);
    this.scan(this.window.length - this.delimiter.length - MARGIN);
    const keep = Math.max(0, this.at - LINE_END);
    this.base += keep;
    this.at -= keep;
    this.window = this.window.subarray(keep);
  }

  /** The body is complete. */
  end(): void {
    if (!this.isOver) this.scan(this.window.length);
    this.finishPart();
  }

  /** @param end offset in the window up to which delimiters are complete */
  private scan(end: number): void {
    const { window, delimiter } = this;
    while (this.at < end) {
      const found = findDelimiter(window, delimiter, this.at, this.base + this.at === 0);
      if (!found || found.start >= end) return this.take(end);
      this.take(Math.max(this.at, found.start));
      this.finishPart();
      this.at = found.end;
      this.isOver = found.closes;
      if (found.closes) return;
      this.part = { offset: this.base + this.at, size: 0, pieces: [], large: undefined };
    }
  }

  /** Takes the bytes of the window up to an offset. */
  private take(end: number): void {
    const { part, window, at } = this;
    this.at = end;
    if (!part || end <= at) return;
    const bytes = window.subarray(at, end);
    const isKnown = part.size > this.limit;
    part.size += bytes.length;
    if (isKnown) part.large?.push(bytes);
    else if (part.size > this.limit) {
      part.large = this.receiver.large?.(Buffer.concat([...part.pieces, bytes]));
      part.pieces = [];
    }
    // A copy, so that a small part does not hold a large chunk.
    else part.pieces.push(Buffer.from(bytes));
  }

  private finishPart(): void {
    const { part } = this;
    this.part = undefined;
    if (!part) return;
    if (part.size <= this.limit) this.receiver.small(Buffer.concat(part.pieces), part.offset);
    else part.large?.end();
  }
}

interface Part {
  readonly offset: number;
  size: number;
  pieces: Buffer[];
  large: LargePart | undefined;
}

const EMPTY = Buffer.alloc(0);
