/** Bytes of the prefix of a message: flags and the length as a big-endian uint32. */
export const PREFIX = 5;

/** The message is compressed. */
export const COMPRESSED = 0x01;
/** Connect: the last message, which has the status of the call as JSON. */
export const END_STREAM = 0x02;
/** gRPC-Web: the trailers of the call. */
export const TRAILERS = 0x80;

/** One message with its prefix. */
export interface Frame {
  readonly flags: number;
  /** The length that the prefix announces. */
  readonly length: number;
  /** The received content, up to the limit of the splitter. */
  readonly content: Buffer;
  /** Received bytes of the content, including those beyond the limit. */
  readonly received: number;
}

/** The defined flags. Bytes that begin with other flags are not frames. */
const KNOWN = COMPRESSED | END_STREAM | TRAILERS;

/** A message with its prefix. @param length what the prefix announces */
export function frameOf(flags: number, length: number, content: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX);
  prefix[0] = flags;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, content]);
}

/** Whether bytes can be the beginning of a body of frames. */
export function looksFramed(head: Buffer): boolean {
  return head.length === 0 || (head[0]! & ~KNOWN) === 0;
}

/** Splits the bytes of a body into messages at their length prefixes. A message may span any number of chunks. */
export class FrameSplitter {
  private readonly prefix = Buffer.alloc(PREFIX);
  private prefixed = 0;
  private parts: Buffer[] = [];
  private kept = 0;
  private received = 0;

  /** @param limit maximum bytes to keep of one message */
  constructor(private readonly limit: number) {}

  /** The frames that end in this chunk. */
  *push(chunk: Buffer): Generator<Frame> {
    for (let at = 0; at < chunk.length || this.isComplete; ) {
      if (this.prefixed < PREFIX) {
        const end = Math.min(chunk.length, at + PREFIX - this.prefixed);
        chunk.copy(this.prefix, this.prefixed, at, end);
        this.prefixed += end - at;
        at = end;
      } else {
        const part = chunk.subarray(at, at + this.length - this.received);
        this.keep(part);
        at += part.length;
      }
      if (this.isComplete) yield this.take();
    }
  }

  /** The frame that is incomplete at the end of the body. Without a whole prefix, its length is 0. */
  end(): Frame | undefined {
    if (this.prefixed === 0) return undefined;
    if (this.prefixed === PREFIX) return this.take();
    return {
      flags: this.prefix[0]!,
      length: 0,
      content: Buffer.from(this.prefix.subarray(0, this.prefixed)),
      received: 0,
    };
  }

  private get length(): number {
    return this.prefix.readUInt32BE(1);
  }

  private get isComplete(): boolean {
    return this.prefixed === PREFIX && this.received === this.length;
  }

  private keep(part: Buffer): void {
    this.received += part.length;
    const room = this.limit - this.kept;
    if (room <= 0 || part.length === 0) return;
    const kept = part.length > room ? part.subarray(0, room) : part;
    this.parts.push(kept);
    this.kept += kept.length;
  }

  private take(): Frame {
    const { parts, length, received } = this;
    const frame = {
      flags: this.prefix[0]!,
      length,
      content: parts.length === 1 ? parts[0]! : Buffer.concat(parts, this.kept),
      received,
    };
    this.parts = [];
    this.kept = 0;
    this.received = 0;
    this.prefixed = 0;
    return frame;
  }
}
