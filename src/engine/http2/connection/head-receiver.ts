import { Http2ConnectionError } from '../errors.js';
import { CODE, FLAG } from '../frames/constants.js';
import { FieldList } from '../frames/field-list.js';
import { HpackDecoder } from '../hpack/decoder.js';
import { BlockAssembler } from './block-assembler.js';
import type { Floods } from './floods.js';
import { fragmentOf, isSelfDependent } from './headers-payload.js';
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
