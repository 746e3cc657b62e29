import type { StreamFailure } from '../errors.js';
import type { FieldList } from '../frames/field-list.js';

/** Receives the frames of a stream. */
export interface StreamHandler {
  /** A HEADERS frame. `onEnd` follows if it ends the stream. */
  onFields(fields: FieldList, ended: boolean): void;
  /** Content. It occupies the window until `consume` is called. */
  onData(content: Buffer): void;
  /** The peer has ended its side. */
  onEnd(): void;
  /** The stream has ended early. Nothing else is called after it. */
  onFailure(failure: StreamFailure): void;
  /** There is room again after `full`, or the stream has ended. */
  onRoom(): void;
}

/** More queued bytes make a stream full. */
const HIGH_WATER = 64 * 1024;
/** More queued HEADERS frames make it full as well: no window limits interim responses. */
const MAX_HEADS = 16;

/** The connection of a stream. */
export interface StreamOwner {
  /** The stream has queued frames. */
  ready(stream: Http2Stream): void;
  /** Resets a stream. */
  resetStream(stream: Http2Stream, code: number): void;
  /** Resets a stream once all that is queued was sent, unless both sides have ended it. */
  stopWhenSent(stream: Http2Stream, code: number): void;
  grantWindow(stream: Http2Stream, bytes: number): void;
}

/** One stream (RFC 9113 section 5). Frames to send are queued here until the windows and the connection have room. */
export class Http2Stream {
  /** 0 until its first frame is sent. */
  id = 0;
  handler: StreamHandler = NO_HANDLER;
  /** The peer has sent END_STREAM. */
  remoteEnded = false;
  /** We have sent END_STREAM. */
  localEnded = false;
  /** It has ended on both sides, or was reset. */
  closed = false;
  sendWindow = 0;
  receiveWindow = 0;
  /** Consumed bytes that were not returned to the window yet. */
  consumed = 0;
  /** Bytes sent, DATA only. */
  sent = 0;
  /** Whether it is in the sender's list. */
  listed = false;
  readonly heads: FieldList[] = [];
  readonly pieces: Buffer[] = [];
  /** Bytes in `pieces`. */
  queued = 0;
  /** No further frames will be queued. */
  ending = false;
  trailers: FieldList | undefined;
  /** The code with which to reset it once its queue is empty, unless both sides have ended it by then. */
  stopCode: number | undefined;
  private wasFull = false;

  constructor(private readonly owner: StreamOwner) {}

  /** Queues a HEADERS frame. @param ended it is the last frame */
  sendFields(fields: FieldList, ended: boolean): void {
    if (this.closed || this.ending) return;
    this.heads.push(fields);
    this.ending = ended;
    if (this.full) this.wasFull = true;
    this.owner.ready(this);
  }

  /** Takes back the last HEADERS frame if it was not sent. */
  retractFields(): boolean {
    if (this.closed || this.queued > 0) return false;
    const retracted = this.heads.pop() !== undefined;
    if (retracted) this.ending = false;
    return retracted;
  }

  /** Queues content. It is not copied. */
  write(bytes: Buffer): void {
    if (this.closed || this.ending || bytes.length === 0) return;
    this.pieces.push(bytes);
    this.queued += bytes.length;
    if (this.full) this.wasFull = true;
    this.owner.ready(this);
  }

  /** Queues the end of the stream. */
  end(trailers: FieldList | undefined): void {
    if (this.closed || this.ending) return;
    this.ending = true;
    this.trailers = trailers;
    this.owner.ready(this);
  }

  /** Ends it at once; does nothing if it has ended. */
  reset(code: number): void {
    if (!this.closed) this.owner.resetStream(this, code);
  }

  /** Ends it once all that is queued was sent; does nothing if it has ended. */
  resetWhenSent(code: number): void {
    if (!this.closed) this.owner.stopWhenSent(this, code);
  }

  /** The content was processed, so the window is refilled by this many bytes. */
  consume(bytes: number): void {
    if (!this.closed && !this.remoteEnded) this.owner.grantWindow(this, bytes);
  }

  /** Whether frames are still to be sent, now or later. */
  get pending(): boolean {
    return this.heads.length > 0 || this.queued > 0 || (this.ending && !this.localEnded);
  }

  get full(): boolean {
    return this.queued > HIGH_WATER || this.heads.length > MAX_HEADS;
  }

  /** Called by the sender after it has taken frames from the queue. */
  taken(): void {
    if (!this.wasFull || this.queued > HIGH_WATER / 2 || this.heads.length > 0) return;
    this.wasFull = false;
    this.handler.onRoom();
  }

  /** Called by the connection when it has ended. */
  close(): void {
    this.closed = true;
    this.heads.length = 0;
    this.pieces.length = 0;
    this.queued = 0;
    if (!this.wasFull) return;
    this.wasFull = false;
    this.handler.onRoom();
  }
}

const NO_HANDLER: StreamHandler = {
  onFields: () => {},
  onData: () => {},
  onEnd: () => {},
  onFailure: () => {},
  onRoom: () => {},
};
