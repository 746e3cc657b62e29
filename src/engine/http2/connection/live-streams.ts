import type { BufferedWriter } from '../../net/buffered-writer.js';
import { Http2ConnectionError, type StreamFailure } from '../errors.js';
import { CODE, MAX_WINDOW } from '../frames/constants.js';
import { rstStreamFrame, windowUpdateFrame } from '../frames/frame-writer.js';
import type { Floods } from './floods.js';
import { type PeerSettings, STREAM_WINDOW } from './settings.js';
import { Http2Stream, type StreamOwner } from './stream.js';
import type { SenderEvents, StreamSender } from './stream-sender.js';
import { StreamTable } from './stream-table.js';

/** The parts of a connection that its streams need. */
export interface StreamParts {
  readonly isServer: boolean;
  readonly writer: BufferedWriter;
  readonly peer: PeerSettings;
  readonly floods: Floods;
  /** Called when all streams have ended. */
  onIdle(): void;
}

/** The streams of a connection from their creation to their end (RFC 9113 section 5). */
export class LiveStreams implements StreamOwner, SenderEvents {
  readonly table: StreamTable;
  private readonly sender: StreamSender;
  /** Why no further stream of ours can be opened. */
  private unopenable: string | undefined;

  /** @param createSender creates the sender for the frames of these streams */
  constructor(
    private readonly parts: StreamParts,
    createSender: (events: SenderEvents) => StreamSender,
  ) {
    this.table = new StreamTable(parts.isServer);
    this.sender = createSender(this);
  }

  /** A new stream of ours. Its id is assigned when its first frame is sent. */
  create(): Http2Stream {
    const stream = new Http2Stream(this);
    stream.receiveWindow = STREAM_WINDOW;
    return stream;
  }

  /** A stream that a client has begun. @returns undefined if it is refused @param limit of open streams */
  accept(id: number, limit: number): Http2Stream | undefined {
    const { table, parts } = this;
    table.lastPeerId = id;
    if (table.size >= limit) {
      parts.floods.reset();
      parts.writer.write(rstStreamFrame(id, CODE.refusedStream));
      table.noteReset(id);
      return undefined;
    }
    const stream = this.create();
    stream.id = id;
    stream.sendWindow = parts.peer.initialWindowSize;
    table.add(stream);
    return stream;
  }

  /** Stream 1 after `Upgrade: h2c`: its request was sent, or received, in HTTP/1.1 (RFC 7540 section 3.2). */
  acceptSwitched(): Http2Stream {
    const { table, parts } = this;
    if (parts.isServer) {
      const stream = this.accept(1, 1)!;
      stream.remoteEnded = true;
      return stream;
    }
    const stream = this.create();
    table.open(stream, 1);
    stream.ending = true;
    stream.localEnded = true;
    return stream;
  }

  /**
   * The stream of a frame. A frame on a stream that we have reset is ignored, because the peer may not have received the reset
   * yet; so is one on a stream that the server has given up by its GOAWAY.
   * @throws Http2ConnectionError for a stream that was never opened, or has ended
   */
  existing(streamId: number, frame: string): Http2Stream | undefined {
    const stream = this.table.get(streamId);
    if (!stream) this.table.checkAbandoned(streamId, frame);
    return stream;
  }

  /** The peer has sent END_STREAM. */
  remoteEnd(stream: Http2Stream): void {
    stream.remoteEnded = true;
    stream.handler.onEnd();
    this.closeIfEnded(stream);
  }

  /** The peer has reset a stream. */
  remoteReset(stream: Http2Stream, failure: StreamFailure): void {
    this.close(stream, true, failure);
  }

  /** Ends a stream because of an error of the peer (RFC 9113 section 5.4.2). */
  fail(stream: Http2Stream, code: number, reason: string): void {
    if (stream.closed) return;
    this.parts.floods.reset();
    this.parts.writer.write(rstStreamFrame(stream.id, code));
    this.close(stream, false, { code, byPeer: false, unprocessed: false, reason });
  }

  /** The peer has changed the window of a stream. @throws Http2ConnectionError */
  growWindow(stream: Http2Stream, by: number): void {
    stream.sendWindow += by;
    if (stream.sendWindow > MAX_WINDOW) {
      throw new Http2ConnectionError(CODE.flowControlError, 'a window that is too large');
    }
    if (by > 0 && stream.queued > 0) this.sender.ready(stream);
  }

  /** Tries to open the streams that wait for the end of others. */
  openWaiting(): void {
    this.table.eachWaiting((stream) => this.sender.ready(stream));
  }

  /** The server does not process streams after this one (RFC 9113 section 6.8). */
  endAfter(last: number, reason: string): void {
    for (const stream of this.table.takeAfter(last)) this.abandon(stream, refused(reason));
    this.endWaiting(reason);
  }

  /** The connection has ended. */
  endAll(failure: StreamFailure): void {
    for (const stream of this.table.takeLive()) this.abandon(stream, failure);
    this.endWaiting(failure.reason);
  }

  /** No further stream can be opened: those of which nothing was sent end, too. */
  private endWaiting(reason: string): void {
    this.unopenable = reason;
    for (const stream of this.table.takeWaiting()) this.abandon(stream, refused(reason));
  }

  /** Ends a stream that is no longer in the table. */
  private abandon(stream: Http2Stream, failure: StreamFailure): void {
    if (stream.closed) return;
    stream.close();
    stream.handler.onFailure(failure);
  }

  /** Resets a stream once all that is queued was sent, unless both sides have ended it. */
  stopWhenSent(stream: Http2Stream, code: number): void {
    stream.stopCode ??= code;
    this.closeIfEnded(stream);
  }

  ready(stream: Http2Stream): void {
    if (stream.id === 0) {
      if (this.unopenable !== undefined) return this.abandon(stream, refused(this.unopenable));
      this.table.wait(stream);
    }
    this.sender.ready(stream);
  }

  resetStream(stream: Http2Stream, code: number): void {
    if (stream.id !== 0) this.parts.writer.write(rstStreamFrame(stream.id, code));
    this.close(stream, false);
  }

  grantWindow(stream: Http2Stream, bytes: number): void {
    stream.consumed += bytes;
    if (stream.consumed < STREAM_WINDOW / 2) return;
    this.parts.writer.write(windowUpdateFrame(stream.id, stream.consumed));
    stream.receiveWindow += stream.consumed;
    stream.consumed = 0;
  }

  open(stream: Http2Stream): boolean {
    const { table, parts } = this;
    if (!table.open(stream, parts.peer.maxConcurrentStreams)) return false;
    stream.sendWindow = parts.peer.initialWindowSize;
    return true;
  }

  sent(stream: Http2Stream): void {
    this.closeIfEnded(stream);
  }

  private closeIfEnded(stream: Http2Stream): void {
    if (stream.closed || stream.pending) return;
    if (stream.localEnded && stream.remoteEnded) this.close(stream, true);
    else if (stream.stopCode !== undefined) this.resetStream(stream, stream.stopCode);
  }

  /**
   * @param byPeer whether the peer has ended its side, or the stream; otherwise we have reset it
   * @param failure for the handler, before the connection may be closed because it is idle
   */
  private close(stream: Http2Stream, byPeer: boolean, failure?: StreamFailure): void {
    if (stream.closed) return;
    this.table.remove(stream, byPeer);
    stream.close();
    if (failure) stream.handler.onFailure(failure);
    this.openWaiting();
    if (this.table.size === 0) this.parts.onIdle();
  }
}

/** The end of a stream that the server has certainly not processed. */
function refused(reason: string): StreamFailure {
  return { code: CODE.refusedStream, byPeer: true, unprocessed: true, reason };
}
