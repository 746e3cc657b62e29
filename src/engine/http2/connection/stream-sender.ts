import type { BufferedWriter, FlushScheduler } from '../../net/buffered-writer.js';
import { Http2ConnectionError } from '../errors.js';
import { CODE, DEFAULT_WINDOW, FLAG, FRAME, MAX_FRAME_SIZE, MAX_WINDOW } from '../frames/constants.js';
import type { FieldList } from '../frames/field-list.js';
import { frameHead, headersFrames } from '../frames/frame-writer.js';
import { HpackEncoder } from '../hpack/encoder.js';
import type { Http2Stream } from './stream.js';

/** From this many queued bytes on, a stream is served without waiting for the end of the turn. */
const ENOUGH = MAX_FRAME_SIZE;

/** The callbacks of the sender to its connection. */
export interface SenderEvents {
  /** Gives a new stream its id. @returns false if it has to wait for others to end */
  open(stream: Http2Stream): boolean;
  /** The queue of a stream is empty. */
  sent(stream: Http2Stream): void;
}

/**
 * Sends the queues of a connection's streams: in turns of one frame each, while the windows and the socket have room. Field
 * blocks are compressed when they are sent, because their order matters.
 */
export class StreamSender {
  readonly encoder = new HpackEncoder();
  maxFrameSize = MAX_FRAME_SIZE;
  /** The connection's window. */
  private window = DEFAULT_WINDOW;
  /** Streams with queued frames, in the order of their turns. */
  private readonly list: Http2Stream[] = [];
  private scheduled = false;
  private sending = false;

  constructor(
    private readonly writer: BufferedWriter,
    private readonly scheduler: FlushScheduler,
    private readonly events: SenderEvents,
  ) {
    const send = (): void => this.send();
    writer.onDrain = send;
  }

  /** A stream has queued frames. */
  ready(stream: Http2Stream): void {
    if (!stream.listed) {
      stream.listed = true;
      this.list.push(stream);
    }
    if (stream.queued >= ENOUGH) this.send();
    else if (!this.scheduled) {
      this.scheduled = true;
      this.scheduler.add(this);
    }
  }

  /** Called at the end of the turn. */
  flush(): void {
    this.scheduled = false;
    this.send();
    this.writer.flush();
  }

  /** @throws Http2ConnectionError if the window becomes too large */
  grow(increment: number): void {
    this.window += increment;
    if (this.window > MAX_WINDOW) throw new Http2ConnectionError(CODE.flowControlError, 'a window that is too large');
    this.send();
  }

  /** Whether the connection's window or the socket leaves no room. */
  get blocked(): boolean {
    return this.window <= 0 || this.writer.full;
  }

  send(): void {
    // Events of a stream may queue more.
    if (this.sending) return;
    this.sending = true;
    const { list, writer } = this;
    /** Number of consecutive streams that could not send a frame. */
    let idle = 0;
    while (list.length > idle && !writer.full) {
      const stream = list.shift()!;
      stream.listed = false;
      const progress = this.serve(stream);
      if (stream.closed) continue;
      if (!stream.pending) this.events.sent(stream);
      // A stream without window is listed again when its window grows.
      else if (!stream.listed && (progress || (stream.sendWindow > 0 && stream.id !== 0))) {
        stream.listed = true;
        list.push(stream);
      }
      idle = progress ? 0 : idle + (stream.listed ? 1 : 0);
    }
    this.sending = false;
  }

  /** Sends heads, and at most one frame of content. @returns whether a frame was sent */
  private serve(stream: Http2Stream): boolean {
    if (stream.closed || (stream.id === 0 && !this.events.open(stream))) return false;
    let progress = false;
    while (stream.heads.length > 0) {
      const fields = stream.heads.shift()!;
      const isLast = stream.ending && stream.heads.length === 0 && stream.queued === 0 && !stream.trailers;
      this.writeFields(stream, fields, isLast);
      progress = true;
      if (isLast) return true;
    }
    if (progress) stream.taken();
    if (stream.queued > 0) {
      if (!this.writeContent(stream)) return progress;
      stream.taken();
      return true;
    }
    if (!stream.ending || stream.localEnded) return progress;
    if (stream.trailers) this.writeFields(stream, stream.trailers, true);
    else {
      this.writer.write(frameHead(FRAME.data, FLAG.endStream, stream.id, 0));
      stream.localEnded = true;
    }
    return true;
  }

  private writeFields(stream: Http2Stream, fields: FieldList, isLast: boolean): void {
    const { names, values, neverIndexed } = fields;
    for (let at = 0; at < names.length; at++) {
      const name = names[at]!;
      this.encoder.add(name, values[at]!, neverIndexed?.has(name) === true);
    }
    this.writer.write(headersFrames(stream.id, this.encoder.finish(), isLast, this.maxFrameSize));
    if (isLast) stream.localEnded = true;
  }

  private writeContent(stream: Http2Stream): boolean {
    const { pieces } = stream;
    const size = Math.min(stream.queued, MAX_FRAME_SIZE, stream.sendWindow, this.window);
    if (size <= 0) return false;
    this.window -= size;
    stream.sendWindow -= size;
    stream.queued -= size;
    stream.sent += size;
    const isLast = stream.ending && stream.queued === 0 && !stream.trailers;
    this.writer.write(frameHead(FRAME.data, isLast ? FLAG.endStream : 0, stream.id, size));
    for (let left = size; left > 0; ) {
      const piece = pieces[0]!;
      if (piece.length <= left) {
        pieces.shift();
        this.writer.write(piece);
        left -= piece.length;
      } else {
        pieces[0] = piece.subarray(left);
        this.writer.write(piece.subarray(0, left));
        left = 0;
      }
    }
    if (isLast) stream.localEnded = true;
    return true;
  }
}
