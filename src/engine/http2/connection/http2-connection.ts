import type { BufferedWriter, FlushScheduler } from '../../net/buffered-writer.js';
import { Http2ConnectionError, type StreamFailure } from '../errors.js';
import { CODE, codeName, DEFAULT_WINDOW, FLAG, FRAME, MAX_WINDOW, PREFACE, SETTING } from '../frames/constants.js';
import { FieldList } from '../frames/field-list.js';
import { FrameReader, type FrameSink } from '../frames/frame-reader.js';
import {
  goAwayFrame,
  pingFrame,
  rstStreamFrame,
  settingsAck,
  settingsFrame,
  windowUpdateFrame,
} from '../frames/frame-writer.js';
import { HpackDecoder } from '../hpack/decoder.js';
import { HpackError } from '../hpack/hpack-error.js';
import { BlockAssembler } from './block-assembler.js';
import { Floods } from './floods.js';
import { fragmentOf, isSelfDependent } from './headers-payload.js';
import { applySettings, defaultSettings, ownSettings, STREAM_WINDOW } from './settings.js';
import { Http2Stream, type StreamOwner } from './stream.js';
import { StreamSender } from './stream-sender.js';
import { StreamTable } from './stream-table.js';

/** Received bytes after which the connection's window is filled up. */
const REFILL = 16 * 1024 * 1024;

export interface ConnectionOptions {
  readonly role: 'client' | 'server';
  readonly writer: BufferedWriter;
  readonly scheduler: FlushScheduler;
  /** Maximum size of a field list, in bytes of the uncompressed fields and 32 for each. */
  readonly maxHeaderSize: number;
  /** Streams that a client may have open. */
  readonly maxStreams: number;
}

export interface ConnectionEvents {
  /** A client has opened a stream. The stream's handler has to be set. */
  onRequest(stream: Http2Stream, fields: FieldList, ended: boolean): void;
  /** The peer has sent its settings, or has changed them. */
  onSettings(): void;
  /** The peer begins no further streams, or accepts none. */
  onGoAway(): void;
  /** All streams have ended. */
  onIdle(): void;
  /** The peer violates the protocol. GOAWAY was sent; the caller closes the connection. */
  onError(error: Http2ConnectionError): void;
}

/**
 * One end of an HTTP/2 connection (RFC 9113), without I/O: received bytes are passed to `receive`, and bytes to send go to a
 * writer. It knows frames and streams, but not HTTP messages.
 */
export class Http2Connection implements FrameSink, StreamOwner {
  readonly peer = defaultSettings();
  readonly sender: StreamSender;
  readonly streams: StreamTable;
  /** Bytes received. */
  received = 0;
  /** The peer or we have announced the end: no stream can be opened. */
  goingAway = false;
  private readonly reader = new FrameReader();
  private readonly decoder = new HpackDecoder();
  private readonly blocks: BlockAssembler;
  private readonly floods = new Floods();
  private readonly isServer: boolean;
  /** Bytes of the preface that have not arrived yet. */
  private preface: string;
  private hasSettings = false;
  /** Whether the client may send extended CONNECT requests. */
  connectProtocol = false;
  private failed = false;
  /** The stream of the current DATA frame, if it takes content. */
  private target: Http2Stream | undefined;
  /** Received bytes that the connection's window does not allow again yet. */
  private unrefilled = 0;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {
    this.isServer = options.role === 'server';
    this.preface = this.isServer ? PREFACE : '';
    this.streams = new StreamTable(this.isServer);
    this.blocks = new BlockAssembler(options.maxHeaderSize, (id, block, ended) => this.onBlock(id, block, ended));
    this.sender = new StreamSender(options.writer, options.scheduler, {
      open: (stream) => this.openStream(stream),
      sent: (stream) => this.closeIfEnded(stream),
    });
  }

  /** Sends our preface. */
  start(): void {
    const { writer, maxHeaderSize, maxStreams } = this.options;
    const first = this.isServer ? SETTING.maxConcurrentStreams : SETTING.enablePush;
    if (!this.isServer) writer.write(Buffer.from(PREFACE));
    writer.write(settingsFrame([[first, this.isServer ? maxStreams : 0], ...ownSettings(maxHeaderSize)]));
    writer.write(windowUpdateFrame(0, MAX_WINDOW - DEFAULT_WINDOW));
  }

  /** Allows the client to send extended CONNECT requests (RFC 8441 section 3). */
  allowConnectProtocol(): void {
    if (this.connectProtocol || this.failed) return;
    this.connectProtocol = true;
    this.options.writer.write(settingsFrame([[SETTING.enableConnectProtocol, 1]]));
  }

  /** A new stream of ours. Its id is assigned when its first frame is sent. */
  createStream(): Http2Stream {
    const stream = new Http2Stream(this);
    stream.receiveWindow = STREAM_WINDOW;
    return stream;
  }

  /**
   * Stream 1 of a connection that has begun with a request in HTTP/1.1 (RFC 7540 section 3.2), which was sent or received.
   * @param settings of the client
   */
  openSwitched(settings?: Buffer): Http2Stream {
    const { streams, peer } = this;
    const stream = this.createStream();
    if (settings) this.applySettings(settings);
    if (this.isServer) {
      stream.id = streams.lastPeerId = 1;
      stream.remoteEnded = true;
      streams.add(stream);
    } else {
      streams.open(stream, peer.maxConcurrentStreams);
      stream.ending = stream.localEnded = true;
    }
    stream.sendWindow = peer.initialWindowSize;
    return stream;
  }

  receive(chunk: Buffer): void {
    if (this.failed) return;
    this.received += chunk.length;
    try {
      const bytes = this.preface === '' ? chunk : this.takePreface(chunk);
      if (bytes.length > 0) this.reader.read(bytes, this);
    } catch (error) {
      if (error instanceof Http2ConnectionError) this.fail(error);
      else if (error instanceof HpackError) this.fail(new Http2ConnectionError(CODE.compressionError, error.message));
      else throw error;
    }
  }

  /** Announces the end of the connection: streams in progress continue. */
  goAway(code: number = CODE.noError): void {
    this.goingAway = true;
    this.options.writer.write(goAwayFrame(this.streams.lastPeerId, code));
  }

  ping(data: Uint8Array): void {
    this.options.writer.write(pingFrame(data, false));
  }

  /** Ends all streams, because the connection has ended. */
  end(failure: StreamFailure): void {
    this.failed = true;
    this.goingAway = true;
    for (const stream of this.streams.takeAll()) this.abandon(stream, failure);
  }

  ready(stream: Http2Stream): void {
    this.sender.ready(stream);
  }

  resetStream(stream: Http2Stream, code: number): void {
    if (stream.id !== 0) this.options.writer.write(rstStreamFrame(stream.id, code));
    this.close(stream, false);
  }

  /** Resets a stream once all that is queued was sent, unless both sides have ended it. */
  stopWhenSent(stream: Http2Stream, code: number): void {
    stream.stopCode ??= code;
    this.closeIfEnded(stream);
  }

  grantWindow(stream: Http2Stream, bytes: number): void {
    stream.consumed += bytes;
    if (stream.consumed < STREAM_WINDOW / 2) return;
    this.options.writer.write(windowUpdateFrame(stream.id, stream.consumed));
    stream.receiveWindow += stream.consumed;
    stream.consumed = 0;
  }

  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    this.checkFirst(type, flags);
    this.blocks.check(type, streamId);
    switch (type) {
      case FRAME.headers:
        return this.onHeaders(flags, streamId, payload);
      case FRAME.continuation:
        return this.blocks.continue(flags, payload);
      case FRAME.priority:
        return this.onPriority(streamId, payload);
      case FRAME.rstStream:
        return this.onReset(streamId, payload);
      case FRAME.settings:
        return this.onSettings(flags, streamId, payload);
      case FRAME.pushPromise:
        throw new Http2ConnectionError(CODE.protocolError, 'PUSH_PROMISE, which is not allowed');
      case FRAME.ping:
        return this.onPing(flags, streamId, payload);
      case FRAME.goAway:
        return this.onGoAway(streamId, payload);
      case FRAME.windowUpdate:
        return this.onWindowUpdate(streamId, payload);
    }
  }

  onDataBegin(flags: number, streamId: number, length: number, padding: number): void {
    this.checkFirst(FRAME.data, flags);
    this.blocks.check(FRAME.data, streamId);
    this.refill(length);
    if (length === padding && (flags & FLAG.endStream) === 0) this.floods.emptyFrame();
    const stream = this.existing(streamId, 'DATA');
    this.target = undefined;
    if (!stream) return;
    if (stream.remoteEnded) return this.failStream(stream, CODE.streamClosed, 'DATA after the end of the stream');
    stream.receiveWindow -= length;
    if (stream.receiveWindow < 0) {
      return this.failStream(stream, CODE.flowControlError, 'more content than the window allows');
    }
    if (padding > 0) stream.consume(padding);
    this.target = stream;
  }

  onData(content: Buffer): void {
    if (this.target && !this.target.closed) this.target.handler.onData(content);
  }

  onDataEnd(flags: number): void {
    const { target } = this;
    this.target = undefined;
    if (target && !target.closed && flags & FLAG.endStream) this.remoteEnd(target);
  }

  /** Ends a stream because of what the peer has sent (RFC 9113 section 5.4.2). */
  failStream(stream: Http2Stream, code: number, reason: string): void {
    if (stream.closed) return;
    this.floods.reset();
    this.options.writer.write(rstStreamFrame(stream.id, code));
    this.close(stream, false);
    stream.handler.onFailure({ code, byPeer: false, unprocessed: false, reason });
  }

  private takePreface(chunk: Buffer): Buffer {
    const length = Math.min(chunk.length, this.preface.length);
    if (chunk.toString('latin1', 0, length) !== this.preface.slice(0, length)) {
      throw new Http2ConnectionError(CODE.protocolError, 'no valid connection preface');
    }
    this.preface = this.preface.slice(length);
    return chunk.subarray(length);
  }

  /** SETTINGS come first (RFC 9113 section 3.4). */
  private checkFirst(type: number, flags: number): void {
    if (this.hasSettings) return;
    if (type !== FRAME.settings || flags & FLAG.ack) {
      throw new Http2ConnectionError(CODE.protocolError, 'another frame before SETTINGS');
    }
    this.hasSettings = true;
  }

  private onHeaders(flags: number, streamId: number, payload: Buffer): void {
    if (streamId === 0) throw new Http2ConnectionError(CODE.protocolError, 'HEADERS without a stream');
    const fragment = fragmentOf(flags, payload);
    if (isSelfDependent(flags, streamId, payload)) {
      throw new Http2ConnectionError(CODE.protocolError, 'a stream that depends on itself');
    }
    if (fragment.length === 0 && (flags & FLAG.endHeaders) === 0) this.floods.emptyFrame();
    this.blocks.begin(streamId, flags, fragment);
  }

  private onBlock(streamId: number, block: Buffer, ended: boolean): void {
    const fields = new FieldList(this.options.maxHeaderSize);
    // Always decoded, because later blocks depend on it.
    this.decoder.decode(block, (name, value, neverIndexed) => fields.add(name, value, neverIndexed));
    const isNew = this.isServer && (streamId & 1) === 1 && streamId > this.streams.lastPeerId;
    if (isNew) return this.onNewStream(streamId, fields, ended);
    const stream = this.existing(streamId, 'HEADERS');
    if (!stream) return;
    if (stream.remoteEnded) return this.failStream(stream, CODE.streamClosed, 'HEADERS after the end of the stream');
    stream.handler.onFields(fields, ended);
    if (ended && !stream.closed) this.remoteEnd(stream);
  }

  private onNewStream(streamId: number, fields: FieldList, ended: boolean): void {
    const { streams, options } = this;
    streams.lastPeerId = streamId;
    if (this.goingAway || streams.size >= options.maxStreams) {
      this.floods.reset();
      options.writer.write(rstStreamFrame(streamId, CODE.refusedStream));
      streams.noteReset(streamId);
      return;
    }
    const stream = this.createStream();
    stream.id = streamId;
    stream.sendWindow = this.peer.initialWindowSize;
    streams.add(stream);
    this.events.onRequest(stream, fields, ended);
    if (ended && !stream.closed) this.remoteEnd(stream);
  }

  private remoteEnd(stream: Http2Stream): void {
    stream.remoteEnded = true;
    stream.handler.onEnd();
    this.closeIfEnded(stream);
  }

  private onPriority(streamId: number, payload: Buffer): void {
    if (streamId === 0) throw new Http2ConnectionError(CODE.protocolError, 'PRIORITY without a stream');
    const stream = this.streams.get(streamId);
    if (payload.length !== 5) {
      if (!stream) throw new Http2ConnectionError(CODE.frameSizeError, 'PRIORITY of a wrong size');
      return this.failStream(stream, CODE.frameSizeError, 'PRIORITY of a wrong size');
    }
    if ((payload.readUInt32BE(0) & MAX_WINDOW) !== streamId) return;
    throw new Http2ConnectionError(CODE.protocolError, 'a stream that depends on itself');
  }

  private onReset(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw new Http2ConnectionError(CODE.frameSizeError, 'RST_STREAM of a wrong size');
    this.streams.checkNotIdle(streamId, 'RST_STREAM');
    const stream = this.streams.get(streamId);
    if (!stream) return;
    if (this.isServer) this.floods.reset();
    const code = payload.readUInt32BE(0);
    this.close(stream, true);
    const unprocessed = code === CODE.refusedStream;
    stream.handler.onFailure({ code, byPeer: true, unprocessed, reason: `it was reset (${codeName(code)})` });
  }

  private onSettings(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw new Http2ConnectionError(CODE.protocolError, 'SETTINGS on a stream');
    if (flags & FLAG.ack) {
      if (payload.length > 0) throw new Http2ConnectionError(CODE.frameSizeError, 'SETTINGS of a wrong size');
      return;
    }
    this.floods.control(this.options.writer.full);
    this.applySettings(payload);
    this.options.writer.write(settingsAck());
    this.openWaiting();
    this.events.onSettings();
  }

  private applySettings(payload: Buffer): void {
    const { peer, sender } = this;
    const before = peer.initialWindowSize;
    applySettings(peer, payload, !this.isServer);
    sender.encoder.setLimit(peer.headerTableSize);
    sender.maxFrameSize = peer.maxFrameSize;
    if (peer.initialWindowSize === before) return;
    this.streams.each((stream) => this.growWindow(stream, peer.initialWindowSize - before));
  }

  private growWindow(stream: Http2Stream, by: number): void {
    stream.sendWindow += by;
    if (stream.sendWindow > MAX_WINDOW) {
      throw new Http2ConnectionError(CODE.flowControlError, 'a window that is too large');
    }
    if (by > 0 && stream.queued > 0) this.sender.ready(stream);
  }

  private onPing(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw new Http2ConnectionError(CODE.protocolError, 'PING on a stream');
    if (payload.length !== 8) throw new Http2ConnectionError(CODE.frameSizeError, 'PING of a wrong size');
    if (flags & FLAG.ack) return;
    this.floods.control(this.options.writer.full);
    this.options.writer.write(pingFrame(payload, true));
  }

  private onGoAway(streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw new Http2ConnectionError(CODE.protocolError, 'GOAWAY on a stream');
    if (payload.length < 8) throw new Http2ConnectionError(CODE.frameSizeError, 'GOAWAY of a wrong size');
    const last = payload.readUInt32BE(0) & MAX_WINDOW;
    const code = payload.readUInt32BE(4);
    this.goingAway = true;
    if (!this.isServer) {
      const reason = `the connection was ended (${codeName(code)})`;
      for (const stream of this.streams.takeAfter(last)) {
        this.abandon(stream, { code: CODE.refusedStream, byPeer: true, unprocessed: true, reason });
      }
    }
    this.events.onGoAway();
    if (this.streams.size === 0) this.events.onIdle();
  }

  private onWindowUpdate(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw new Http2ConnectionError(CODE.frameSizeError, 'WINDOW_UPDATE of a wrong size');
    const increment = payload.readUInt32BE(0) & MAX_WINDOW;
    if (streamId === 0) {
      if (increment === 0) throw new Http2ConnectionError(CODE.protocolError, 'WINDOW_UPDATE by nothing');
      this.sender.grow(increment);
      return;
    }
    this.streams.checkNotIdle(streamId, 'WINDOW_UPDATE');
    const stream = this.streams.get(streamId);
    if (!stream) return;
    if (increment === 0) return this.failStream(stream, CODE.protocolError, 'WINDOW_UPDATE by nothing');
    if (stream.sendWindow + increment > MAX_WINDOW) {
      return this.failStream(stream, CODE.flowControlError, 'a window that is too large');
    }
    this.growWindow(stream, increment);
  }

  /**
   * The stream of a frame. A frame on a stream that we have reset is ignored, because the peer may not know of that yet.
   * @throws Http2ConnectionError for a stream that was never opened, or has ended
   */
  private existing(streamId: number, frame: string): Http2Stream | undefined {
    const stream = this.streams.get(streamId);
    if (!stream) this.streams.checkReset(streamId, frame);
    return stream;
  }

  private refill(length: number): void {
    this.unrefilled += length;
    if (this.unrefilled < REFILL) return;
    this.options.writer.write(windowUpdateFrame(0, this.unrefilled));
    this.unrefilled = 0;
  }

  /** Gives a stream of ours its id. @returns false if it has to wait for the end of others */
  private openStream(stream: Http2Stream): boolean {
    const { streams, peer } = this;
    if (streams.open(stream, peer.maxConcurrentStreams)) {
      stream.sendWindow = peer.initialWindowSize;
      return true;
    }
    return false;
  }

  private openWaiting(): void {
    for (const stream of this.streams.takeWaiting()) this.sender.ready(stream);
  }

  private closeIfEnded(stream: Http2Stream): void {
    if (stream.closed || stream.pending) return;
    if (stream.localEnded && stream.remoteEnded) this.close(stream, true);
    else if (stream.stopCode !== undefined) this.resetStream(stream, stream.stopCode);
  }

  /** @param byPeer whether the peer has ended its side, or the stream; otherwise we have reset it */
  private close(stream: Http2Stream, byPeer: boolean): void {
    if (stream.closed) return;
    this.streams.remove(stream, byPeer);
    stream.close();
    this.openWaiting();
    if (this.streams.size === 0) this.events.onIdle();
  }

  private abandon(stream: Http2Stream, failure: StreamFailure): void {
    if (stream.closed) return;
    stream.close();
    stream.handler.onFailure(failure);
  }

  private fail(error: Http2ConnectionError): void {
    this.failed = true;
    this.goingAway = true;
    this.options.writer.write(goAwayFrame(this.streams.lastPeerId, error.code, error.message));
    this.events.onError(error);
  }
}
