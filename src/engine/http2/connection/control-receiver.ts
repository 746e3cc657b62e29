import { quoteWire } from '../../../flow/text/quote.js';
import type { BufferedWriter } from '../../net/buffered-writer.js';
import { Http2ConnectionError } from '../errors.js';
import { CODE, codeName, FLAG, MAX_WINDOW } from '../frames/constants.js';
import { pingAck, settingsAck } from '../frames/frame-writer.js';
import type { Floods } from './floods.js';
import type { LiveStreams } from './live-streams.js';
import { applySettings, type PeerSettings } from './settings.js';
import type { StreamSender } from './stream-sender.js';

/** Bytes of the debug data of a GOAWAY that are shown. */
const MAX_DEBUG = 100;

/** The parts of a connection that its control frames change. */
export interface ControlledParts {
  readonly isServer: boolean;
  readonly writer: BufferedWriter;
  readonly peer: PeerSettings;
  readonly sender: StreamSender;
  readonly streams: LiveStreams;
  readonly floods: Floods;
}

/** Receives the frames that carry no message. All of them throw Http2ConnectionError. */
export class ControlReceiver {
  constructor(private readonly parts: ControlledParts) {}

  /** RFC 9113 section 6.3; priorities are ignored. */
  priority(streamId: number, payload: Buffer): void {
    if (streamId === 0) throw new Http2ConnectionError(CODE.protocolError, 'PRIORITY without a stream');
    const { streams } = this.parts;
    if (payload.length !== 5) {
      const stream = streams.table.get(streamId);
      if (!stream) throw wrongSize('PRIORITY');
      return streams.fail(stream, CODE.frameSizeError, 'PRIORITY of a wrong size');
    }
    if ((payload.readUInt32BE(0) & MAX_WINDOW) !== streamId) return;
    throw new Http2ConnectionError(CODE.protocolError, 'a stream that depends on itself');
  }

  /** RFC 9113 section 6.4 */
  reset(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw wrongSize('RST_STREAM');
    const { isServer, floods, streams } = this.parts;
    streams.table.checkNotIdle(streamId, 'RST_STREAM');
    const stream = streams.table.get(streamId);
    if (!stream) return;
    if (isServer) floods.reset();
    const code = payload.readUInt32BE(0);
    const unprocessed = code === CODE.refusedStream;
    streams.remoteReset(stream, { code, byPeer: true, unprocessed, reason: `reset the stream (${codeName(code)})` });
  }

  /** RFC 9113 section 6.5. @returns whether they are new settings, not an acknowledgement */
  settings(flags: number, streamId: number, payload: Buffer): boolean {
    if (streamId !== 0) throw new Http2ConnectionError(CODE.protocolError, 'SETTINGS on a stream');
    if (flags & FLAG.ack) {
      if (payload.length > 0) throw wrongSize('SETTINGS');
      return false;
    }
    const { floods, writer, streams } = this.parts;
    floods.control(writer.full);
    const change = this.adopt(payload);
    // The acknowledgement goes first: the peer may enforce its old settings until it arrives.
    writer.write(settingsAck());
    this.changeWindows(change);
    streams.openWaiting();
    return true;
  }

  /** Applies a peer's settings, which need no acknowledgement. */
  apply(payload: Buffer): void {
    this.changeWindows(this.adopt(payload));
  }

  /** Sends nothing. @returns the change of the windows of the streams, negative if they shrink */
  private adopt(payload: Buffer): number {
    const { peer, sender, isServer } = this.parts;
    const before = peer.initialWindowSize;
    applySettings(peer, payload, !isServer);
    sender.encoder.setLimit(peer.headerTableSize);
    sender.maxFrameSize = peer.maxFrameSize;
    return peer.initialWindowSize - before;
  }

  private changeWindows(by: number): void {
    const { streams } = this.parts;
    if (by !== 0) streams.table.each((stream) => streams.growWindow(stream, by));
  }

  /** RFC 9113 section 6.7 */
  ping(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw new Http2ConnectionError(CODE.protocolError, 'PING on a stream');
    if (payload.length !== 8) throw wrongSize('PING');
    if (flags & FLAG.ack) return;
    const { floods, writer } = this.parts;
    floods.control(writer.full);
    writer.write(pingAck(payload));
  }

  /**
   * RFC 9113 section 6.8: a server does not process later streams than the last one that it names.
   * @returns the error that the peer states, for a sentence, with its debug data
   */
  goAway(streamId: number, payload: Buffer): string | undefined {
    if (streamId !== 0) throw new Http2ConnectionError(CODE.protocolError, 'GOAWAY on a stream');
    if (payload.length < 8) throw wrongSize('GOAWAY');
    const { isServer, streams } = this.parts;
    const code = payload.readUInt32BE(4);
    const debug = payload.toString('latin1', 8, 8 + MAX_DEBUG);
    const stated = debug === '' ? codeName(code) : `${codeName(code)}, ${quoteWire(debug)}`;
    if (!isServer) streams.endAfter(payload.readUInt32BE(0) & MAX_WINDOW, `ended the connection (${stated})`);
    return code === CODE.noError ? undefined : stated;
  }

  /** RFC 9113 section 6.9 */
  windowUpdate(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw wrongSize('WINDOW_UPDATE');
    const increment = payload.readUInt32BE(0) & MAX_WINDOW;
    const { sender, streams } = this.parts;
    if (streamId === 0) {
      if (increment === 0) throw new Http2ConnectionError(CODE.protocolError, 'WINDOW_UPDATE by nothing');
      return sender.grow(increment);
    }
    streams.table.checkNotIdle(streamId, 'WINDOW_UPDATE');
    const stream = streams.table.get(streamId);
    if (!stream) return;
    if (increment === 0) return streams.fail(stream, CODE.protocolError, 'WINDOW_UPDATE by nothing');
    if (stream.sendWindow + increment > MAX_WINDOW) {
      return streams.fail(stream, CODE.flowControlError, 'a window that is too large');
    }
    streams.growWindow(stream, increment);
  }
}

function wrongSize(frame: string): Http2ConnectionError {
  return new Http2ConnectionError(CODE.frameSizeError, `${frame} of a wrong size`);
}
