import type { Headers } from '../http/headers.js';
import { ByteLog } from './bytelog.js';
import {
  collect,
  decodeContent,
  decodeStream,
  encodeContent,
  type OnCut,
  parseContentEncoding,
} from './content-coding.js';
import type { SpoolPolicy } from './spool-policy.js';
import { Users } from './users.js';

/** Where the bytes of a body are: a log of live traffic, or a range of a capture file. */
export interface ByteSource {
  readonly size: number;
  /** All bytes, if they are in memory anyway. */
  readonly buffer: Buffer | undefined;
  read(): AsyncIterable<Buffer>;
  release(): void;
}

/** Content that was not kept, so it cannot be read. */
export class BodyMissingError extends Error {
  override name = 'BodyMissingError';
  constructor() {
    super('The content of this message was not kept');
  }
}

/**
 * The content of an HTTP message after transfer-coding and before content-decoding. It is read by asking for it, and
 * asking is asynchronous, as the bytes may be on disk.
 */
export class Body {
  /** Bytes that went over the wire, without chunk framing, whether or not they were kept. */
  size = 0;
  /** False until the end was seen; it stays false for a body that was cut off. */
  complete = false;
  /** True once an addon set other content. */
  changed = false;
  /** Decoded content for synchronous readers (filters); there after `load`. */
  loaded: Buffer | undefined;
  private source: ByteSource | undefined;
  private policy: SpoolPolicy | undefined;
  /** Of the source, if there are copies of this body. */
  private users: Users | undefined;
  private released = false;

  constructor(private readonly headers: Headers) {}

  /** Keeps what is appended from now on. */
  keepIn(policy: SpoolPolicy): void {
    if (this.size === 0) this.policy = policy;
  }

  /** Gives content that is already somewhere, such as in a capture file. */
  static of(headers: Headers, source: ByteSource | undefined, size: number, complete: boolean): Body {
    const body = new Body(headers);
    body.source = source;
    body.size = size;
    body.complete = complete;
    return body;
  }

  /**
   * A copy that shares the bytes; they are given back when all that share them are released. Of a body that is still coming
   * it has what has come.
   * @param headers of the message that gets it
   */
  clone(headers: Headers): Body {
    const copy = new Body(headers);
    copy.size = this.size;
    copy.complete = this.complete;
    copy.changed = this.changed;
    if (!this.source) return copy;
    this.users ??= new Users();
    copy.users = this.users.add();
    const isGrowing = !this.complete && this.source instanceof ByteLog;
    copy.source = isGrowing ? (this.source as ByteLog).snapshot() : this.source;
    return copy;
  }

  /** Whether the content can be read. An empty one always can. */
  get kept(): boolean {
    return this.size === 0 || this.source !== undefined;
  }

  /** The bytes as they are kept, for writers of capture files. Undefined if there are none or they were not kept. */
  get stored(): ByteSource | undefined {
    return this.source;
  }

  /** Takes a piece of live traffic without copying it. @returns false if its producer should wait for `drained` */
  append(chunk: Buffer): boolean {
    this.size += chunk.length;
    if (!this.policy) return true;
    const log = (this.source as ByteLog | undefined) ?? new ByteLog(this.policy);
    this.source = log;
    return log.append(chunk);
  }

  /** Resolves when the spool file has caught up. @throws Error (of `fs`) if it cannot be written */
  async drained(): Promise<void> {
    if (this.source instanceof ByteLog) await this.source.drained();
  }

  /** The content before content-decoding, piece by piece. @throws BodyMissingError */
  async *rawChunks(): AsyncGenerator<Buffer> {
    if (!this.kept) throw new BodyMissingError();
    if (this.source) yield* this.source.read();
  }

  /** The content before content-decoding. @throws BodyMissingError */
  async rawBytes(limit?: number): Promise<Buffer> {
    const buffer = this.source?.buffer;
    if (buffer) return limit !== undefined && buffer.length > limit ? buffer.subarray(0, limit) : buffer;
    return collect(this.rawChunks(), limit);
  }

  /**
   * The content, decoded (gzip, deflate, br, and zstd where the runtime has it), piece by piece.
   * @param onCut called behind the last piece, with the coding, if the coded bytes end early
   */
  async *chunks(onCut?: OnCut): AsyncGenerator<Buffer> {
    yield* decodeStream(this.rawChunks(), this.contentEncoding, onCut);
  }

  /**
   * The content, decoded; as far as it goes if the coded bytes end early.
   * @param limit the most bytes wanted; more are cut off
   * @throws BodyMissingError if it was not kept
   * @throws ContentCodingError if it cannot be decoded
   */
  async bytes(limit?: number): Promise<Buffer> {
    const encoding = this.contentEncoding;
    if (encoding.length === 0) return this.rawBytes(limit);
    const buffer = this.source?.buffer;
    if (buffer) return decodeContent(buffer, encoding, limit);
    return collect(this.chunks(), limit);
  }

  /** The content as text in the charset of `Content-Type`, else UTF-8; what does not decode becomes U+FFFD. */
  async text(limit?: number): Promise<string> {
    return this.textDecoder().decode(await this.bytes(limit));
  }

  /** The content parsed as JSON. @throws SyntaxError if it is not JSON */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /**
   * Replaces the content. It is encoded again as `Content-Encoding` says; if that cannot be done here, the header is
   * removed. `Content-Length` follows when the message is sent.
   */
  set(content: Buffer | string): void {
    const plain = typeof content === 'string' ? Buffer.from(content) : content;
    let bytes = plain;
    try {
      bytes = encodeContent(plain, this.contentEncoding);
    } catch {
      this.headers.delete('content-encoding');
    }
    this.release();
    this.released = false;
    this.users = undefined;
    this.source = { size: bytes.length, buffer: bytes, read: () => once(bytes), release: () => {} };
    this.policy = undefined;
    this.size = bytes.length;
    this.complete = true;
    this.changed = true;
    this.loaded = undefined;
  }

  /**
   * Makes `loaded` available: the decoded content up to a limit, the bytes as they are if they do not decode, nothing if
   * they were not kept.
   * @returns true if there was more than the limit
   */
  async load(limit: number): Promise<boolean> {
    if (this.loaded) return false;
    if (!this.kept) return false;
    let content: Buffer;
    try {
      content = await this.bytes(limit + 1);
    } catch {
      content = await this.rawBytes(limit + 1);
    }
    this.loaded = content.length > limit ? content.subarray(0, limit) : content;
    return content.length > limit;
  }

  /** Gives back memory accounting and spool file. */
  release(): void {
    if (this.released) return;
    this.released = true;
    if (!this.users || this.users.leave()) this.source?.release();
  }

  private get contentEncoding(): string[] {
    return parseContentEncoding(this.headers.get('content-encoding'));
  }

  private textDecoder(): InstanceType<typeof TextDecoder> {
    const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(this.headers.get('content-type') ?? '')?.[1];
    try {
      return new TextDecoder(charset ?? 'utf-8');
    } catch {
      return new TextDecoder();
    }
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes;
}
