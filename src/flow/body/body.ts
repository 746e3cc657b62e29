import { fitLength } from '../http/content-length.js';
import { Headers } from '../http/headers.js';
import { decodeText, encodeText } from '../text/charset.js';
import { ByteLog } from './bytelog.js';
import {
  collect,
  decodeAtOnce,
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

/** The message that a body belongs to. */
export interface BodyOwner {
  readonly headers: Headers;
  /** Whether content without a length would be taken for none (RFC 9112 section 6.3). */
  readonly needsLength: boolean;
}

/** Content that was not kept, so it cannot be read. */
export class BodyMissingError extends Error {
  override name = 'BodyMissingError';
  constructor() {
    super('The content of this message was not kept');
  }
}

/** Content that has yet to come. */
export class BodyPendingError extends Error {
  override name = 'BodyPendingError';
  constructor() {
    super('The content of this message has not come yet; it is there in the hooks request and response');
  }
}

/**
 * The content of an HTTP message. Reading is asynchronous, as the bytes may be on disk. `text`, `json`, `bytes` and `chunks`
 * give it decoded, the `raw` ones before content-decoding. Buffers that are read are shared: do not write into them.
 *
 * @example
 * const data = (await flow.response.body.json()) as { price: number };
 * flow.response.body.setJson({ ...data, price: 0 });
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

  /** @param owner its message, or the headers of one that it will belong to */
  constructor(private owner: BodyOwner | Headers) {}

  /** Makes it the body of a message. */
  attach(owner: BodyOwner): this {
    this.owner = owner;
    return this;
  }

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

  /**
   * The content as text in the charset of `Content-Type`, else UTF-8; a byte order mark counts more, and is left out. What
   * does not decode becomes U+FFFD: read `bytes` of what may be no text.
   * @param limit the most bytes wanted
   * @throws BodyMissingError, ContentCodingError
   */
  async text(limit?: number): Promise<string> {
    return decodeText(await this.bytes(limit), this.contentType);
  }

  /** The content parsed as JSON. @throws SyntaxError if it is not JSON; BodyMissingError, ContentCodingError */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /** The content, decoded, if it is in memory: as after `set`. @throws ContentCodingError */
  get bytesNow(): Buffer | undefined {
    if (this.size === 0) return Buffer.alloc(0);
    const buffer = this.source?.buffer;
    return buffer && decodeAtOnce(buffer, this.contentEncoding, Number.POSITIVE_INFINITY);
  }

  /**
   * Replaces the content. It is encoded again as `Content-Encoding` says; if that cannot be done here, the header is
   * removed. `Content-Length` follows, and what came in chunks goes on as one.
   * @param content bytes, or text as for `setText`; bytes are not copied
   */
  set(content: Uint8Array | string): void {
    if (typeof content === 'string') return this.setText(content);
    const { headers } = this;
    const plain = Buffer.isBuffer(content)
      ? content
      : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    let bytes = plain;
    try {
      bytes = encodeContent(plain, this.contentEncoding);
    } catch {
      headers.delete('content-encoding');
    }
    fitLength(headers, this.size, bytes.length, !(this.owner instanceof Headers) && this.owner.needsLength);
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
   * Replaces the content by text in the charset of `Content-Type`, else UTF-8. If that charset lacks a character, it becomes
   * UTF-8, and `Content-Type` says so.
   */
  setText(text: string): void {
    const { bytes, contentType } = encodeText(text, this.contentType);
    if (contentType !== undefined) this.headers.set('Content-Type', contentType);
    this.set(bytes);
  }

  /**
   * Replaces the content by a value as JSON. `Content-Type` stays as it is.
   * @param indent as for `JSON.stringify`
   * @throws TypeError if the value has no JSON form
   */
  setJson(value: unknown, indent?: number | string): void {
    this.setText(toJson(value, indent));
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

  private get headers(): Headers {
    const { owner } = this;
    return owner instanceof Headers ? owner : owner.headers;
  }

  private get contentEncoding(): string[] {
    return parseContentEncoding(this.headers.get('content-encoding'));
  }

  private get contentType(): string | undefined {
    return this.headers.get('content-type');
  }
}

/** @throws TypeError if the value has no JSON form */
export function toJson(value: unknown, indent?: number | string): string {
  const text = JSON.stringify(value, undefined, indent) as string | undefined;
  if (text === undefined) throw new TypeError(`A value of type ${typeof value} has no JSON form`);
  return text;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes;
}
