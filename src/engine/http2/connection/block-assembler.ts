import { Http2ConnectionError } from '../errors.js';
import { CODE, FLAG, FRAME } from '../frames/constants.js';

/** Maximum number of CONTINUATION frames of one field block. */
const MOST_CONTINUATIONS = 128;

/** Joins the field block of a HEADERS frame and its CONTINUATION frames (RFC 9113 section 4.3). */
export class BlockAssembler {
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
    if (this.size > this.limit || this.parts.length > MOST_CONTINUATIONS + 1) {
      throw new Http2ConnectionError(CODE.enhanceYourCalm, 'a field block that is too large');
    }
  }
}
