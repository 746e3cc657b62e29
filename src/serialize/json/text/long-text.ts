import type { ByteSource } from '../../../flow/body/body.js';
import { collect } from '../../../flow/body/content-coding.js';
import { plural } from '../../../flow/text/plural.js';
import { Base64Decoder } from './base64.js';
import { JsonError } from './json-error.js';
import { Unescaper } from './unescape.js';

/**
 * A string too long to be one in memory. Its bytes stay where they are, in the file or in a spool file, and are decoded
 * when somebody reads them.
 */
export class LongText {
  /** Whether somebody took the content, and so will release it. */
  used = false;

  constructor(
    /** The string as it stands in the file, without the quotes. */
    private readonly raw: ByteSource,
    private readonly measure: Measure,
  ) {}

  /** Bytes of its text as UTF-8. */
  get textSize(): number {
    return this.measure.textSize;
  }

  /** Bytes that it stands for in base64; undefined if it is none. */
  get base64Size(): number | undefined {
    return this.measure.base64Size;
  }

  /** Its text as UTF-8. */
  get text(): ByteSource {
    return this.source(this.measure.textSize, () => this.unescaped());
  }

  /** The bytes that it stands for in base64. @throws JsonError if it is no base64 */
  get base64(): ByteSource {
    const size = this.measure.base64Size;
    if (size === undefined) throw new JsonError('it is not valid base64');
    return this.source(size, () => this.decoded());
  }

  /** The bytes of its text, or those that it stands for in base64, to look at. @throws JsonError if it is no base64 */
  read(isBase64: boolean): AsyncIterable<Buffer> {
    return isBase64 ? this.decoded() : this.unescaped();
  }

  /** Makes it a string after all, where nothing else will do. @throws JsonError if it is too long for that */
  async load(limit: number): Promise<string> {
    if (this.measure.textSize > limit) throw new JsonError(`there is a string of more than ${plural(limit, 'byte')}`);
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

/** Gives back the texts that nobody took, or all of them if nothing came of the value. They are gone from the list. */
export function releaseTexts(texts: LongText[], all: boolean): void {
  for (const text of texts.splice(0)) if (all || !text.used) text.release();
}

/** How large a string will be, found out while it passes by. */
export class Measure {
  textSize = 0;
  base64Size: number | undefined = 0;
  private readonly unescaper = new Unescaper();
  private readonly decoder = new Base64Decoder();

  /** @param last no more will come @throws JsonError if it is no JSON string */
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

/** Keys whose long strings are content, which their readers take as it comes. */
const CONTENT_KEYS = new Set(['body', 'bodyBase64', 'encodedBodyBase64', 'text', 'base64', '_base64', 'data']);
const LOADED_LIMIT = 64 * 1024 * 1024;

/**
 * Makes strings of long texts where no content is expected.
 * @param all also under the keys of content, as in what addons attached
 * @throws JsonError if one is too long for that
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
