import { Http2ConnectionError } from '../errors.js';
import { CODE, FLAG, FRAME, FRAME_HEAD, MAX_FRAME_SIZE } from './constants.js';

/** Receives the frames of one direction. */
export interface FrameSink {
  /** A complete frame other than DATA. The payload is valid during the call only. */
  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void;
  /** @param length of the whole payload, as flow control sees it @param padding bytes of the payload */
  onDataBegin(flags: number, streamId: number, length: number, padding: number): void;
  /** Content of the current DATA frame, as it arrives. */
  onData(content: Buffer): void;
  onDataEnd(flags: number): void;
}

/**
 * Splits a byte stream into frames (RFC 9113 section 4.1). The content of DATA frames is passed on in the pieces in which it
 * arrives.
 */
export class FrameReader {
  /** The incomplete frame: first its head, then the whole frame. */
  private partial = Buffer.alloc(FRAME_HEAD);
  private held = 0;
  private inData = false;
  private flags = 0;
  /** Bytes of content and padding of the current DATA frame that have not arrived yet. */
  private content = 0;
  private padding = 0;

  /** Whether the last byte was the end of a frame. */
  get atBoundary(): boolean {
    return this.held === 0 && !this.inData;
  }

  /** @throws Http2ConnectionError, and the errors of the sink */
  read(chunk: Buffer, sink: FrameSink): void {
    let at = 0;
    for (;;) {
      if (this.inData) {
        at = this.readData(chunk, at, sink);
        if (this.inData) return;
      }
      if (at === chunk.length) return;
      const size =
        this.held === 0 && chunk.length - at >= FRAME_HEAD ? neededSize(chunk, at) : Number.POSITIVE_INFINITY;
      if (size <= chunk.length - at) {
        this.pass(chunk, at, size, sink);
        at += size;
      } else at = this.collect(chunk, at, sink);
    }
  }

  /** Adds bytes to an incomplete frame. @returns the offset of the first byte that was not taken */
  private collect(chunk: Buffer, from: number, sink: FrameSink): number {
    let at = this.fill(chunk, from, FRAME_HEAD);
    if (this.held < FRAME_HEAD) return at;
    const size = neededSize(this.partial, 0);
    if (this.partial.length < size) {
      const grown = Buffer.allocUnsafe(size);
      this.partial.copy(grown);
      this.partial = grown;
    }
    at = this.fill(chunk, at, size);
    if (this.held < size) return at;
    const frame = this.partial;
    this.partial = Buffer.alloc(FRAME_HEAD);
    this.held = 0;
    this.pass(frame, 0, size, sink);
    return at;
  }

  private fill(chunk: Buffer, at: number, size: number): number {
    if (this.held >= size) return at;
    const copied = chunk.copy(this.partial, this.held, at, Math.min(chunk.length, at + size - this.held));
    this.held += copied;
    return at + copied;
  }

  /** @param size of the frame, or of its part that describes DATA */
  private pass(bytes: Buffer, at: number, size: number, sink: FrameSink): void {
    const type = bytes[at + 3]!;
    const flags = bytes[at + 4]!;
    const streamId = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
    if (type !== FRAME.data) {
      sink.onFrame(type, flags, streamId, bytes.subarray(at + FRAME_HEAD, at + size));
      return;
    }
    const length = bytes.readUIntBE(at, 3);
    this.flags = flags;
    this.padding = size > FRAME_HEAD ? bytes[at + FRAME_HEAD]! : 0;
    this.content = flags & FLAG.padded ? length - 1 - this.padding : length;
    if (this.content < 0) throw new Http2ConnectionError(CODE.protocolError, 'padding that is too long');
    this.inData = true;
    sink.onDataBegin(flags, streamId, length, length - this.content);
  }

  private readData(bytes: Buffer, from: number, sink: FrameSink): number {
    let at = from;
    if (this.content > 0) {
      const end = Math.min(bytes.length, at + this.content);
      this.content -= end - at;
      if (end > at) sink.onData(bytes.subarray(at, end));
      at = end;
      if (this.content > 0) return at;
    }
    const skipped = Math.min(bytes.length - at, this.padding);
    this.padding -= skipped;
    if (this.padding === 0) {
      this.inData = false;
      sink.onDataEnd(this.flags);
    }
    return at + skipped;
  }
}

/** Number of bytes needed to pass on a frame: the whole frame, or the head of DATA. @throws Http2ConnectionError */
function neededSize(bytes: Buffer, at: number): number {
  const length = bytes.readUIntBE(at, 3);
  if (length > MAX_FRAME_SIZE) throw new Http2ConnectionError(CODE.frameSizeError, 'a frame that is too large');
  if (bytes[at + 3] !== FRAME.data) return FRAME_HEAD + length;
  return bytes[at + 4]! & FLAG.padded && length > 0 ? FRAME_HEAD + 1 : FRAME_HEAD;
}
