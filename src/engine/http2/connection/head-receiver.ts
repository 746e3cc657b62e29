import { Http2ConnectionError } from '../errors.js';
import { CODE, FLAG, FRAME, MAX_WINDOW } from '../frames/constants.js';
import { FieldList } from '../frames/field-list.js';
import { HpackDecoder } from '../hpack/decoder.js';
import type { Floods } from './floods.js';
import type { LiveStreams } from './live-streams.js';

/** A field list that begins a stream. */
export type OnNewStream = (streamId: number, fields: FieldList, ended: boolean) => void;

/** Receives HEADERS and CONTINUATION frames: field lists that begin a stream, or belong to one (RFC 9113 section 4.3). */
export class HeadReceiver {
  private readonly decoder = new HpackDecoder();
  private readonly blocks: BlockAssembler;

  /** @param onNewStream undefined for a client, because its peer never begins streams */
  constructor(
    private readonly streams: LiveStreams,
    private readonly floods: Floods,
    private readonly maxHeaderSize: number,
    private readonly onNewStream: OnNewStream | undefined,
  ) {
    this.blocks = new BlockAssembler(maxHeaderSize, (id, block, ended) => this.onBlock(id, block, ended));
  }

  /** No other frame may come inside a block. @throws Http2ConnectionError */
  checkFrame(type: number, streamId: number): void {
    this.blocks.check(type, streamId);
  }

  headers(flags: number, streamId: number, payload: Buffer): void {
    if (streamId === 0) throw new Http2ConnectionError(CODE.protocolError, 'HEADERS without a stream');
    const fragment = fragmentOf(flags, payload);
    if (isSelfDependent(flags, streamId, payload)) {
      throw new Http2ConnectionError(CODE.protocolError, 'a stream that depends on itself');
    }
    if (fragment.length === 0 && (flags & FLAG.endHeaders) === 0) this.floods.emptyFrame();
    this.blocks.begin(streamId, flags, fragment);
  }

  continuation(flags: number, payload: Buffer): void {
    this.blocks.continue(flags, payload);
  }

  private onBlock(streamId: number, block: Buffer, ended: boolean): void {
    const { streams } = this;
    const fields = new FieldList(this.maxHeaderSize);
    // Always decoded, because later blocks depend on it.
    this.decoder.decode(block, (name, value, neverIndexed) => fields.add(name, value, neverIndexed));
    if (this.onNewStream && (streamId & 1) === 1 && streamId > streams.table.lastPeerId) {
      return this.onNewStream(streamId, fields, ended);
    }
    const stream = streams.existing(streamId, 'HEADERS');
    if (!stream) return;
    if (stream.remoteEnded) return streams.fail(stream, CODE.streamClosed, 'HEADERS after the end of the stream');
    stream.handler.onFields(fields, ended);
    if (ended && !stream.closed) streams.remoteEnd(stream);
  }
}

/** The part of the field block in a HEADERS frame, without padding and priority (RFC 9113 section 6.2). @throws Http2ConnectionError */
function fragmentOf(flags: number, payload: Buffer): Buffer {
  const start = priorityAt(flags) + (flags & FLAG.priority ? 5 : 0);
  const padding = flags & FLAG.padded ? (payload[0] ?? 0) : 0;
  if (start > payload.length) throw new Http2ConnectionError(CODE.frameSizeError, 'HEADERS of a wrong size');
  if (start + padding > payload.length) throw new Http2ConnectionError(CODE.protocolError, 'padding that is too long');
  return payload.subarray(start, payload.length - padding);
}

/** Whether a HEADERS frame makes its stream depend on itself (RFC 7540 section 5.3.1). */
function isSelfDependent(flags: number, streamId: number, payload: Buffer): boolean {
  return (flags & FLAG.priority) !== 0 && (payload.readUInt32BE(priorityAt(flags)) & MAX_WINDOW) === streamId;
}

function priorityAt(flags: number): number {
  return flags & FLAG.padded ? 1 : 0;
}

/** Maximum number of CONTINUATION frames of one field block. */
const MAX_CONTINUATIONS = 128;

/** Joins the field block of a HEADERS frame and its CONTINUATION frames (RFC 9113 section 4.3). */
class BlockAssembler {
  /** Stream of the incomplete block; 0 outside a block. */
  private streamId = 0;
  private endStream = false;
  private parts: Buffer[] = [];
  private size = 0;

  /**
   * @param limit of the compressed block in bytes
   * @param onBlock called for each complete block
   */
  constructor(
    private readonly limit: number,
    private readonly onBlock: (streamId: number, block: Buffer, endStream: boolean) => void,
  ) {}

  /** No other frame may come inside a block. @throws Http2ConnectionError */
  check(type: number, streamId: number): void {
    if (type === FRAME.continuation ? streamId !== this.streamId || streamId === 0 : this.streamId !== 0) {
      throw new Http2ConnectionError(CODE.protocolError, 'a frame that does not continue the field block');
    }
  }

  /** @param fragment of the block, without padding and priority */
  begin(streamId: number, flags: number, fragment: Buffer): void {
    const endStream = (flags & FLAG.endStream) !== 0;
    if (flags & FLAG.endHeaders) {
      this.onBlock(streamId, fragment, endStream);
      return;
    }
    this.streamId = streamId;
    this.endStream = endStream;
    this.add(fragment);
  }

  /** @throws Http2ConnectionError */
  continue(flags: number, fragment: Buffer): void {
    this.add(fragment);
    if ((flags & FLAG.endHeaders) === 0) return;
    const { streamId } = this;
    const block = Buffer.concat(this.parts);
    this.streamId = 0;
    this.parts = [];
    this.size = 0;
    this.onBlock(streamId, block, this.endStream);
  }

  private add(fragment: Buffer): void {
    // The reader reuses its buffer.
    this.parts.push(Buffer.from(fragment));
    this.size += fragment.length;
    if (this.size > this.limit || this.parts.length > MAX_CONTINUATIONS + 1) {
      throw new Http2ConnectionError(CODE.enhanceYourCalm, 'a field block that is too large');
    }
  }
}
