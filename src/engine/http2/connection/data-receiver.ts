import type { BufferedWriter } from '../../net/buffered-writer.js';
import { CODE, FLAG } from '../frames/constants.js';
import { windowUpdateFrame } from '../frames/frame-writer.js';
import type { Floods } from './floods.js';
import type { LiveStreams } from './live-streams.js';
import type { Http2Stream } from './stream.js';

/** Received bytes after which the connection's window is filled up. */
const REFILL = 16 * 1024 * 1024;

/** Receives DATA frames, and grants the peer the window for more of them (RFC 9113 sections 5.2 and 6.1). */
export class DataReceiver {
  /** The stream of the current frame, if it takes content. */
  private target: Http2Stream | undefined;
  /** Received bytes that were not returned to the connection's window yet. */
  private unrefilled = 0;

  constructor(
    private readonly streams: LiveStreams,
    private readonly floods: Floods,
    private readonly writer: BufferedWriter,
  ) {}

  /** @param length of the payload, as flow control sees it @param padding bytes of the payload */
  begin(flags: number, streamId: number, length: number, padding: number): void {
    this.refill(length);
    if (length === padding && (flags & FLAG.endStream) === 0) this.floods.emptyFrame();
    const { streams } = this;
    const stream = streams.existing(streamId, 'DATA');
    this.target = undefined;
    if (!stream) return;
    if (stream.remoteEnded) return streams.fail(stream, CODE.streamClosed, 'DATA after the end of the stream');
    stream.receiveWindow -= length;
    if (stream.receiveWindow < 0) {
      return streams.fail(stream, CODE.flowControlError, 'more content than the window allows');
    }
    if (padding > 0) stream.consume(padding);
    this.target = stream;
  }

  content(bytes: Buffer): void {
    if (this.target && !this.target.closed) this.target.handler.onData(bytes);
  }

  end(flags: number): void {
    const { target } = this;
    this.target = undefined;
    if (target && !target.closed && flags & FLAG.endStream) this.streams.remoteEnd(target);
  }

  private refill(length: number): void {
    this.unrefilled += length;
    if (this.unrefilled < REFILL) return;
    this.writer.write(windowUpdateFrame(0, this.unrefilled));
    this.unrefilled = 0;
  }
}
