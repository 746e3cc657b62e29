import { fitLength } from '../http/content-length.js';
import { Headers } from '../http/headers.js';
import { searchableBody } from '../rpc/searchable.js';
import { decodeText, encodeText } from '../text/charset.js';
import { ByteLog } from './byte-log.js';
import { type ByteSource, MemorySource } from './byte-source.js';
import {
  checkCodings,
  collect,
  decodeAtOnce,
  decodeContent,
  decodeStream,
  encodeContent,
  type OnCut,
  type OnRest,
  parseContentEncoding,
} from './content-coding.js';
import { KeptBytes } from './kept-bytes.js';
import type { SpoolPolicy } from './spool-policy.js';
import {
  type BodyTransform,
  type BodyTransformer,
  runTransforms,
  type TransformOptions,
  TransformTooLateError,
} from './transform.js';

export type { ByteSource } from './byte-source.js';
export { BodyMissingError } from './kept-bytes.js';

/** The message that owns a body. */
export interface BodyOwner {
  readonly headers: Headers;
  /** Whether the message would be read as having no content if it had no length (RFC 9112 section 6.3). */
  readonly needsLength: boolean;
}

/** The content has not arrived yet. */
export class BodyPendingError extends Error {
  override name = 'BodyPendingError';
  constructor() {
    super('The content of this message has not arrived yet; it is available in the hooks request and response');
  }
}

/**
 * The content of an HTTP message. Reading is asynchronous because the bytes may be on disk. `text`, `json`, `bytes` and
 * `chunks` return decoded content; `rawBytes` and `rawChunks` return it as transferred, still content-coded. Returned buffers
 * are shared: do not write into them.
 *
 * @example
 * const data = (await flow.response.body.json()) as { price: number };
 * flow.response.body.setJson({ ...data, price: 0 });
 */
export class Body extends KeptBytes {
  /** True once an addon set other content. */
  changed = false;
  /** Pending transforms, in order; see `transform`. */
  transforms: BodyTransform[] | undefined;
  /** True once it is being forwarded without being held; then it can no longer be changed. */
  streaming = false;
  /** Decoded content for synchronous readers (filters); set by `load`. */
  loaded: Buffer | undefined;

  /** @param owner the message, or the headers of a message that does not exist yet */
  constructor(private owner: BodyOwner | Headers) {
    super();
  }

  /** Assigns the body to its message. */
  attach(owner: BodyOwner): this {
    this.owner = owner;
    return this;
  }

  /** A body whose content already exists, for example in a capture file. */
  static of(headers: Headers, source: ByteSource | undefined, size: number, complete: boolean): Body {
    const body = new Body(headers);
    body.source = source;
    body.size = size;
    body.complete = complete;
    return body;
  }

  /**
   * A copy that shares the bytes; they are freed when every copy is released. A copy of an incomplete body holds the bytes
   * received so far.
   * @param headers the headers of the message that will own the copy
   */
  clone(headers: Headers): Body {
    const copy = new Body(headers);
    copy.size = this.size;
    copy.complete = this.complete;
    copy.changed = this.changed;
    copy.transforms = this.transforms && [...this.transforms];
    this.shareWith(copy);
    return copy;
  }

  /**
   * The decoded content (gzip, deflate, br, and zstd where the runtime has it), chunk by chunk.
   * @param onCut called after the last chunk, with the coding, if the coded bytes end early
   * @param onRest called after the last chunk, with the coding, if other bytes follow the coded ones
   * @throws BodyMissingError, ContentCodingError
   */
  async *chunks(onCut?: OnCut, onRest?: OnRest): AsyncGenerator<Buffer> {
    yield* decodeStream(this.rawChunks(), this.contentEncoding, onCut, onRest);
  }

  /**
   * The decoded content. If the coded bytes end early, the part that can be decoded.
   * @param limit maximum bytes to return; the rest is cut off
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
   * The content as text in the charset of `Content-Type`, else UTF-8. A byte order mark takes precedence and is removed.
   * Invalid sequences become U+FFFD, so use `bytes` for content that may be binary.
   * @param limit maximum decoded bytes to use; the rest is cut off
   * @throws BodyMissingError, ContentCodingError
   */
  async text(limit?: number): Promise<string> {
    return decodeText(await this.bytes(limit), this.contentType);
  }

  /** The content parsed as JSON. @throws SyntaxError if it is not JSON; BodyMissingError, ContentCodingError */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /** The decoded content if it is in memory, for example after `set`; else undefined. @throws ContentCodingError */
  get bytesNow(): Buffer | undefined {
    if (this.size === 0) return Buffer.alloc(0);
    const buffer = this.source?.buffer;
    return buffer && decodeAtOnce(buffer, this.contentEncoding, Number.POSITIVE_INFINITY);
  }

  /**
   * Replaces the content. It is encoded with the codings of `Content-Encoding`; if one of them is not supported, the header is
   * removed. `Content-Length` is updated; a chunked message stays chunked.
   * @param content decoded bytes, which are not copied, or text as for `setText`
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
    this.setStored(new MemorySource(bytes));
  }

  /** Replaces the content with stored bytes, which have the codings of `Content-Encoding`. `Content-Length` is updated. */
  setStored(source: ByteSource): void {
    const needsLength = !(this.owner instanceof Headers) && this.owner.needsLength;
    fitLength(this.headers, this.size, source.size, needsLength);
    this.transforms = undefined;
    this.replaceSource(source);
    this.policy = undefined;
    this.complete = true;
  }

  /**
   * Changes the body as a stream, so that it need not be held. Call it in `requestHeaders` or `responseHeaders`. Several
   * transforms are applied in the order in which they were set. The message is sent without a length; the output is recorded.
   * @param transformer reads chunks as they arrive and yields others; when it returns, the body ends
   * @throws TransformTooLateError; with `decoded`, ContentCodingError if the content coding is not supported
   */
  transform(transformer: BodyTransformer, { decoded = false }: TransformOptions = {}): void {
    if (typeof transformer !== 'function') throw new TypeError('body.transform takes a function');
    if (this.streaming) throw new TransformTooLateError();
    const codings = decoded ? this.contentEncoding : undefined;
    if (codings) checkCodings(codings);
    this.transforms ??= [];
    this.transforms.push({ transformer, codings });
  }

  /** Applies the transforms to a stream of chunks and removes them from the body; undefined without transforms. */
  takeTransformed(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> | undefined {
    const { transforms } = this;
    this.transforms = undefined;
    return transforms && runTransforms(chunks, transforms, this.contentEncoding);
  }

  /**
   * Applies the transforms to complete content.
   * @throws BodyTransformError, ContentCodingError, BodyMissingError; then the content is unchanged
   */
  async applyTransforms(policy: SpoolPolicy): Promise<void> {
    const transformed = this.takeTransformed(this.rawChunks());
    if (!transformed) return;
    const log = new ByteLog(policy);
    try {
      for await (const chunk of transformed) if (!log.append(chunk)) await log.drained();
    } catch (error) {
      log.release();
      throw error;
    }
    this.replaceSource(log);
  }

  /**
   * Replaces the content with text, encoded in the charset of `Content-Type`, else UTF-8. If that charset lacks a character
   * of the text, UTF-8 is used and the charset in `Content-Type` is changed.
   */
  setText(text: string): void {
    const { bytes, contentType } = encodeText(text, this.contentType);
    if (contentType !== undefined) this.headers.set('Content-Type', contentType);
    this.set(bytes);
  }

  /**
   * Replaces the content with a value as JSON. `Content-Type` stays as it is.
   * @param indent the third argument of `JSON.stringify`
   * @throws TypeError if the value has no JSON form
   */
  setJson(value: unknown, indent?: number | string): void {
    this.setText(toJson(value, indent));
  }

  /**
   * Fills `loaded` with the decoded content up to a limit, or with the raw bytes if they cannot be decoded. Messages of gRPC are
   * decompressed. `loaded` stays undefined if the content was not kept.
   * @returns true if the content is longer than the limit
   */
  async load(limit: number): Promise<boolean> {
    if (this.loaded) return false;
    if (this.size > 0 && !this.source) return false;
    let content: Buffer;
    try {
      content = await this.bytes(limit + 1);
    } catch {
      content = await this.rawBytes(limit + 1);
    }
    content = searchableBody(content, this.headers, limit + 1);
    this.loaded = content.length > limit ? content.subarray(0, limit) : content;
    return content.length > limit;
  }

  private get headers(): Headers {
    const { owner } = this;
    return owner instanceof Headers ? owner : owner.headers;
  }

  protected override replaceSource(source: ByteSource): void {
    super.replaceSource(source);
    this.changed = true;
    this.loaded = undefined;
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
