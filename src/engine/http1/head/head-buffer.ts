import { plural } from '../../../flow/text/plural.js';
import { ProtocolError } from '../../errors.js';
import type { ReaderLimits } from '../reader-limits.js';
import { type Head, mayEndHead, parseHead } from './head.js';

const CR = 13;
const LF = 10;
const EMPTY: Buffer = Buffer.alloc(0);

/** Bytes of a connection that belong to nothing yet: the next head, as far as it came, or what is behind it. */
export class HeadBuffer {
  bytes: Buffer = EMPTY;
  /** Where in `bytes` the search for the end of a head goes on. */
  private searched = 0;
  /** The memory of `bytes`, where it is a buffer that grows. */
  private gathered: ArrayBufferLike | undefined;

  constructor(private readonly limits: ReaderLimits) {}

  /** Heads that come in many small pieces are gathered in a buffer that doubles, so that it takes linear time. */
  add(chunk: Buffer): void {
    const have = this.bytes.length;
    if (have === 0) {
      this.bytes = chunk;
      this.searched = 0;
      this.gathered = undefined;
      return;
    }
    const room = this.bytes.buffer.byteLength - this.bytes.byteOffset - have;
    if (this.gathered !== this.bytes.buffer || room < chunk.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (have + chunk.length));
      this.bytes.copy(larger);
      this.gathered = larger.buffer;
      this.bytes = larger.subarray(0, have);
    }
    const whole = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, have + chunk.length);
    chunk.copy(whole, have);
    this.bytes = whole;
  }

  /** Takes the head out. @returns undefined if it is not all there @throws ProtocolError */
  takeHead(): Head | undefined {
    if (this.searched === 0 && this.bytes[0]! <= CR) this.skipEmptyLines();
    const { bytes, limits } = this;
    if (bytes.length === 0) return undefined;
    if (this.searched === 0 || mayEndHead(bytes, this.searched)) {
      const head = parseHead(bytes, 0, limits.strict);
      if (head) {
        this.searched = 0;
        this.bytes = head.end === bytes.length ? EMPTY : bytes.subarray(head.end);
        if (head.end > limits.maxHeaderSize) this.refuseSize();
        return head;
      }
    }
    this.searched = bytes.length;
    if (bytes.length > limits.maxHeaderSize) this.refuseSize();
    return undefined;
  }

  /** Takes everything out. */
  takeAll(): Buffer {
    const { bytes } = this;
    this.bytes = EMPTY;
    return bytes;
  }

  /** Empty lines before a head are thrown away at once, so that any number of them costs nothing. */
  private skipEmptyLines(): void {
    const { bytes } = this;
    let at = 0;
    while (at < bytes.length && (bytes[at] === CR || bytes[at] === LF)) at++;
    if (at > 0) this.bytes = at === bytes.length ? EMPTY : bytes.subarray(at);
  }

  private refuseSize(): never {
    const { maxHeaderSize, status } = this.limits;
    throw new ProtocolError(
      status === 400 ? 431 : 502,
      `Refused: a head of more than ${plural(maxHeaderSize, 'byte')} (max_header_size)`,
    );
  }
}
