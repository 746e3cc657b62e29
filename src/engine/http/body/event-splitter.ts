import { EventBoundaries, isLineEnd } from './event-boundaries.js';

/** A longer event is passed on in parts. */
const LIMIT = 1024 * 1024;

/** Splits an event stream into events, and passes them on in order. */
export class EventSplitter {
  private readonly boundaries = new EventBoundaries();
  private pieces: Buffer[] = [];
  private size = 0;
  private pending: undefined | Promise<void>;

  /** @param show called with the lines of an event, without the empty line; the next event waits until it has resolved */
  constructor(private readonly show: (event: Buffer) => undefined | Promise<void>) {}

  /** @returns a promise if handlers are pending */
  push(bytes: Buffer): undefined | Promise<void> {
    let from = 0;
    const onEnd = (at: number): void => {
      this.add(bytes.subarray(from, at));
      this.pass();
      from = at;
    };
    this.boundaries.find(bytes, undefined, onEnd);
    // Empty lines between events belong to none.
    if (this.boundaries.inEvent) this.add(bytes.subarray(from));
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

function withoutLineEnds(bytes: Buffer): Buffer {
  let start = 0;
  let end = bytes.length;
  while (start < end && isLineEnd(bytes[start])) start++;
  while (end > start && isLineEnd(bytes[end - 1])) end--;
  return bytes.subarray(start, end);
}
