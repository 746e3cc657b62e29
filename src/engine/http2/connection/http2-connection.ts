import type { BufferedWriter, FlushScheduler } from '../../net/buffered-writer.js';
import { HpackError, Http2ConnectionError, type StreamFailure } from '../errors.js';
import { CODE, DEFAULT_WINDOW, FRAME, MAX_WINDOW, PREFACE, SETTING } from '../frames/constants.js';
import type { FieldList } from '../frames/field-list.js';
import { FrameReader, type FrameSink } from '../frames/frame-reader.js';
import { goAwayFrame, pingFrame, settingsFrame, windowUpdateFrame } from '../frames/frame-writer.js';
import { ControlReceiver } from './control-receiver.js';
import { DataReceiver } from './data-receiver.js';
import { Floods } from './floods.js';
import { HeadReceiver } from './head-receiver.js';
import { LiveStreams } from './live-streams.js';
import { PrefaceCheck } from './preface.js';
import { defaultSettings, ownSettings } from './settings.js';
import type { Http2Stream } from './stream.js';
import { StreamSender } from './stream-sender.js';

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

const MANY_FRAMES = 500;

/**
 * One end of an HTTP/2 connection (RFC 9113), without I/O: received bytes are passed to `receive`, and bytes to send go to a
 * writer. It knows frames and streams, but not HTTP messages. Each kind of frame has a receiver.
 */
export class Http2Connection implements FrameSink {
  readonly peer = defaultSettings();
  /** Bytes received. */
  received = 0;
  /** The peer or we have announced the end: no stream can be opened. */
  goingAway = false;
  /** The error that the peer has stated in a GOAWAY, for a sentence. */
  peerError: string | undefined;
  /** Whether the client may send extended CONNECT requests. */
  connectProtocol = false;
  private failed = false;
  private frames = 0;
  private readonly reader = new FrameReader();
  private readonly isServer: boolean;
  private readonly preface: PrefaceCheck;
  private readonly streams: LiveStreams;
  private readonly heads: HeadReceiver;
  private readonly data: DataReceiver;
  private readonly control: ControlReceiver;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {
    const { role, writer, scheduler, maxHeaderSize } = options;
    const { peer } = this;
    const isServer = role === 'server';
    const floods = new Floods();
    this.isServer = isServer;
    this.preface = new PrefaceCheck(isServer);
    let sender!: StreamSender;
    const parts = { isServer, writer, peer, floods, onIdle: () => events.onIdle() };
    this.streams = new LiveStreams(parts, (senderEvents) => {
      sender = new StreamSender(writer, scheduler, senderEvents);
      return sender;
    });
    const onNewStream = (id: number, fields: FieldList, ended: boolean): void => this.onNewStream(id, fields, ended);
    this.heads = new HeadReceiver(this.streams, floods, maxHeaderSize, isServer ? onNewStream : undefined);
    this.data = new DataReceiver(this.streams, floods, writer);
    this.control = new ControlReceiver({ isServer, writer, peer, sender, streams: this.streams, floods });
  }

  /** Number of streams, with those whose first frame is not sent yet. */
  get size(): number {
    return this.streams.table.size;
  }

  /** Whether a stream of ours can be opened, now or when others end. */
  get canOpen(): boolean {
    return !this.goingAway && !this.streams.table.exhausted;
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
    return this.streams.create();
  }

  /**
   * Stream 1 of a connection that has begun with a request in HTTP/1.1 (RFC 7540 section 3.2), which was sent or received.
   * @param settings of the client
   */
  openSwitched(settings?: Buffer): Http2Stream {
    if (settings) this.control.apply(settings);
    return this.streams.acceptSwitched();
  }

  receive(chunk: Buffer): void {
    if (this.failed) return;
    this.received += chunk.length;
    try {
      const bytes = this.preface.take(chunk);
      if (bytes.length > 0) this.reader.read(bytes, this);
    } catch (error) {
      if (error instanceof Http2ConnectionError) this.fail(error);
      else if (error instanceof HpackError) this.fail(new Http2ConnectionError(CODE.compressionError, error.message));
      else throw error;
    }
  }

  /** Whether many frames were received since this last was so, so that other connections are to be served first. */
  hasManyFrames(): boolean {
    if (this.frames < MANY_FRAMES) return false;
    this.frames = 0;
    return true;
  }

  /** Announces the end of the connection: streams in progress continue. */
  goAway(code: number = CODE.noError): void {
    this.goingAway = true;
    this.options.writer.write(goAwayFrame(this.streams.table.lastPeerId, code));
  }

  ping(data: Uint8Array): void {
    this.options.writer.write(pingFrame(data));
  }

  /** Ends all streams, because the connection has ended. */
  end(failure: StreamFailure): void {
    this.failed = true;
    this.goingAway = true;
    this.streams.endAll(failure);
  }

  /** Ends a stream because of an error of the peer (RFC 9113 section 5.4.2). */
  failStream(stream: Http2Stream, code: number, reason: string): void {
    this.streams.fail(stream, code, reason);
  }

  /** Resets a stream once its queue is empty, unless both sides have ended it. */
  stopWhenSent(stream: Http2Stream, code: number): void {
    this.streams.stopWhenSent(stream, code);
  }

  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    const { control } = this;
    this.frames++;
    this.preface.checkFrame(type, flags);
    this.heads.checkFrame(type, streamId);
    switch (type) {
      case FRAME.headers:
        return this.heads.headers(flags, streamId, payload);
      case FRAME.continuation:
        return this.heads.continuation(flags, payload);
      case FRAME.priority:
        return control.priority(streamId, payload);
      case FRAME.rstStream:
        return control.reset(streamId, payload);
      case FRAME.settings:
        if (control.settings(flags, streamId, payload)) this.events.onSettings();
        return;
      case FRAME.pushPromise:
        throw new Http2ConnectionError(CODE.protocolError, 'PUSH_PROMISE, which is not allowed');
      case FRAME.ping:
        return control.ping(flags, streamId, payload);
      case FRAME.goAway:
        return this.onGoAway(streamId, payload);
      case FRAME.windowUpdate:
        return control.windowUpdate(streamId, payload);
    }
  }

  onDataBegin(flags: number, streamId: number, length: number, padding: number): void {
    this.frames++;
    this.preface.checkFrame(FRAME.data, flags);
    this.heads.checkFrame(FRAME.data, streamId);
    this.data.begin(flags, streamId, length, padding);
  }

  onData(content: Buffer): void {
    this.data.content(content);
  }

  onDataEnd(flags: number): void {
    this.data.end(flags);
  }

  private onNewStream(streamId: number, fields: FieldList, ended: boolean): void {
    const { streams, events, goingAway, options } = this;
    const stream = streams.accept(streamId, goingAway ? 0 : options.maxStreams);
    if (!stream) return;
    events.onRequest(stream, fields, ended);
    if (ended && !stream.closed) streams.remoteEnd(stream);
  }

  private onGoAway(streamId: number, payload: Buffer): void {
    this.goingAway = true;
    this.peerError = this.control.goAway(streamId, payload) ?? this.peerError;
    this.events.onGoAway();
    if (this.size === 0) this.events.onIdle();
  }

  private fail(error: Http2ConnectionError): void {
    this.failed = true;
    this.goingAway = true;
    this.options.writer.write(goAwayFrame(this.streams.table.lastPeerId, error.code, error.message));
    this.events.onError(error);
  }
}
