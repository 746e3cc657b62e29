import type { ByteSource } from '../../../flow/body/body.js';
import { collect } from '../../../flow/body/content-coding.js';
import { plural } from '../../../flow/text/plural.js';
import { Base64Decoder } from './base64.js';
import { JsonError } from './json-error.js';
import { Unescaper } from './unescape.js';

/**
 * A string that is too long for memory. Its bytes stay in the input file or a spool file, and are decoded when they are
 * read.
 */
export class LongText {
  /** Whether the content was taken over; the new owner releases it. */
  used = false;

  constructor(
    /** The string as in the file, without the quotes. */
    private readonly raw: ByteSource,
    private readonly measure: Measure,
  ) {}

  /** Bytes of its text in UTF-8. */
  get textSize(): number {
    return this.measure.textSize;
  }

  /** Bytes after decoding it as base64; undefined if it is not base64. */
  get base64Size(): number | undefined {
    return this.measure.base64Size;
  }

  /** Its text as UTF-8. */
  get text(): ByteSource {
    return this.source(this.measure.textSize, () => this.unescaped());
  }

  /** The bytes it encodes in base64. @throws JsonError if it is not base64 */
  get base64(): ByteSource {
    const size = this.measure.base64Size;
    if (size === undefined) throw new JsonError('it is not valid base64');
    return this.source(size, () => this.decoded());
  }

  /** Reads its text or its decoded bytes without taking them over. @throws JsonError if it is not base64 */
  read(isBase64: boolean): AsyncIterable<Buffer> {
    return isBase64 ? this.decoded() : this.unescaped();
  }

  /** Loads it as a string, for members that cannot be streamed. @throws JsonError if it exceeds the limit */
  async load(limit: number): Promise<string> {
    if (this.measure.textSize > limit) throw new JsonError(`a string is longer than ${plural(limit, 'byte')}`);
    return (await collect(this.unescaped())).toString('utf8');
  }

  release(): void {
    this.raw.release();
  }

  private source(size: number, read: () => AsyncIterable<Buffer>): ByteSource {
    this.used = true;
    return { size, buffer: undefined, read, release: () => this.release() };
  }

  private async *unescaped(): AsyncGenerator<Buffer> {
    const unescaper = new Unescaper();
    for await (const chunk of this.raw.read()) {
      const bytes = unescaper.push(chunk);
      if (bytes.length > 0) yield bytes;
    }
    const end = unescaper.push(Buffer.alloc(0), true);
    if (end.length > 0) yield end;
  }

  private async *decoded(): AsyncGenerator<Buffer> {
    const decoder = new Base64Decoder();
    for await (const chunk of this.unescaped()) {
      const bytes = decoder.push(chunk);
      if (bytes.length > 0) yield bytes;
    }
    const end = decoder.end();
    if (end.length > 0) yield end;
  }
}

/** Releases unused texts, or all of them if the value was rejected, and empties the list. */
export function releaseTexts(texts: LongText[], all: boolean): void {
  for (const text of texts.splice(0)) if (all || !text.used) text.release();
}

/** Measures a string during one pass. */
export class Measure {
  textSize = 0;
  base64Size: number | undefined = 0;
  private readonly unescaper = new Unescaper();
  private readonly decoder = new Base64Decoder();

  /** @param last whether this is the last chunk @throws JsonError if it is not a valid JSON string */
  push(chunk: Buffer, last = false): void {
    const text = this.unescaper.push(chunk, last);
    this.textSize += text.length;
    if (this.base64Size === undefined) return;
    try {
      this.base64Size += this.decoder.push(text).length;
      if (last) this.base64Size += this.decoder.end().length;
    } catch {
      this.base64Size = undefined;
    }
  }
}

/** Keys whose long strings are content and can be streamed. */
const CONTENT_KEYS = new Set(['body', 'bodyBase64', 'encodedBodyBase64', 'text', 'base64', '_base64', 'data']);
const LOADED_LIMIT = 64 * 1024 * 1024;

/**
 * Loads long texts as strings where no content is expected.
 * @param all also under content keys, as in metadata of addons
 * @throws JsonError if one is too long
 */
export async function restoreTexts(value: unknown, all = false): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  const parts = value as Record<string, unknown>;
  for (const [key, part] of Object.entries(parts)) {
    if (!(part instanceof LongText)) await restoreTexts(part, all || key === 'metadata');
    else if (all || !CONTENT_KEYS.has(key)) parts[key] = await part.load(LOADED_LIMIT);
  }
  return value;
}
