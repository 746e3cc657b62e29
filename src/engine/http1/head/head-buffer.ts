import { GrowingBuffer } from '../../../flow/body/growing-buffer.js';
import { CR, LF } from '../../../flow/text/ascii.js';
import { plural } from '../../../flow/text/plural.js';
import { ProtocolError } from '../../errors.js';
import { type Head, mayEndHead, parseHead } from './head.js';

/** Unparsed bytes of a connection: the next head as far as it has arrived, or the bytes after it. */
export class HeadBuffer extends GrowingBuffer {
  /** Offset in `bytes` from which the search for the end of a head continues. */
  private searched = 0;

  constructor(private readonly limits: ReaderLimits) {
    super();
  }

  override append(chunk: Buffer): void {
    if (this.bytes.length === 0) this.searched = 0;
    super.append(chunk);
  }

  /** Removes and returns the head. @returns undefined if it is incomplete @throws ProtocolError */
  takeHead(): Head | undefined {
    if (this.searched === 0 && this.bytes[0]! <= CR) this.skipEmptyLines();
    const { bytes, limits } = this;
    if (bytes.length === 0) return undefined;
    if (this.searched === 0 || mayEndHead(bytes, this.searched)) {
      const head = parseHead(bytes, 0, limits.strict);
      if (head) {
        this.searched = 0;
        this.drop(head.end);
        if (head.end > limits.maxHeaderSize) this.refuseSize();
        return head;
      }
    }
    this.searched = bytes.length;
    if (bytes.length > limits.maxHeaderSize) this.refuseSize();
    return undefined;
  }

  /** Removes and returns all bytes. */
  takeAll(): Buffer {
    const { bytes } = this;
    this.drop(bytes.length);
    return bytes;
  }

  /** Empty lines before a head are dropped at once, so that any number of them costs no memory. */
  private skipEmptyLines(): void {
    const { bytes } = this;
    let at = 0;
    while (at < bytes.length && (bytes[at] === CR || bytes[at] === LF)) at++;
    if (at > 0) this.drop(at);
  }

  private refuseSize(): never {
    const { maxHeaderSize, status } = this.limits;
    throw new ProtocolError(
      status === 400 ? 431 : 502,
      `Refused: a head of more than ${plural(maxHeaderSize, 'byte')} (max_header_size)`,
    );
  }
}

/** Limits of an HTTP/1 reader. */
export interface ReaderLimits {
  /** Maximum size of a head or of trailers in bytes. */
  readonly maxHeaderSize: number;
  /** Whether to reject violations of RFC 9112. */
  readonly strict: boolean;
  /** Status for refused messages: 400 when reading from clients, 502 from servers. */
  readonly status: 400 | 502;
}
