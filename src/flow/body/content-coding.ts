import { zlib } from '../runtime.js';
import { cut, quote } from '../text/quote.js';
import { type Compressor, Decoding, DecodingError, type Decompressor, Encoding } from './decoding.js';
import { gunzipStream } from './gzip/gunzip-stream.js';
import { gunzipWhole } from './gzip/gunzip-whole.js';

interface Coding {
  /** @param cut whether the end may be missing; then the available part is decoded */
  decode(bytes: Buffer, limit: number, cut: boolean): Buffer;
  /**
   * @param onCut called after the last chunk if the coded bytes end early
   * @throws DecodingError while it is read
   */
  decodeStream(chunks: Chunks, onCut: () => void): AsyncGenerator<Buffer>;
  encode(bytes: Buffer): Buffer;
  encoder(): Compressor;
}

type Chunks = AsyncIterable<Buffer> | Iterable<Buffer>;

/** The part of node:zlib that Node 20 does not have. */
interface Zstd {
  zstdDecompressSync?: (bytes: Buffer, options: DecodeOptions) => Buffer;
  zstdCompressSync?: (bytes: Buffer) => Buffer;
  createZstdDecompress?: () => Decompressor;
  createZstdCompress?: () => Compressor;
}
const zstd = zlib as unknown as Zstd;

interface DecodeOptions {
  maxOutputLength: number;
  finishFlush?: number;
}

/** `ZSTD_e_flush` of zstd.h. */
const ZSTD_E_FLUSH = 1;

/** Error code of a zlib decoder whose input ends early. */
const ENDS_EARLY = 'Z_BUF_ERROR';

/** A flush mode that does not require the end of the stream makes zlib return the part that it could decode. */
function options(maxOutputLength: number, cut: boolean, flush: number = zlib.constants.Z_SYNC_FLUSH): DecodeOptions {
  return cut ? { maxOutputLength, finishFlush: flush } : { maxOutputLength };
}

const gzip: Coding = {
  decode: (bytes, limit, cut) => gunzipWhole(bytes, options(limit, cut)),
  decodeStream: gunzipStream,
  encode: (bytes) => zlib.gzipSync(bytes),
  encoder: () => zlib.createGzip(),
};

/** Senders use this name for zlib and for raw deflate (RFC 9110 section 8.4.1.2); the first two bytes tell them apart. */
const deflate: Coding = {
  decode: (bytes, limit, cut) => (isZlib(bytes) ? zlib.inflateSync : zlib.inflateRawSync)(bytes, options(limit, cut)),
  decodeStream: decodingWith((first) => (isZlib(first) ? zlib.createInflate() : zlib.createInflateRaw())),
  encode: (bytes) => zlib.deflateSync(bytes),
  encoder: () => zlib.createDeflate(),
};

/** Checks the two header bytes of RFC 1950 section 2.2. */
function isZlib(bytes: Buffer): boolean {
  return (bytes[0]! & 0x0f) === 8 && (bytes.length < 2 || bytes.readUInt16BE(0) % 31 === 0);
}

const BROTLI_OPTIONS = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } };

const codings = new Map<string, Coding>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', deflate],
  [
    'br',
    {
      decode: (bytes, limit, cut) =>
        zlib.brotliDecompressSync(bytes, options(limit, cut, zlib.constants.BROTLI_OPERATION_FLUSH)),
      decodeStream: decodingWith(() => zlib.createBrotliDecompress()),
      encode: (bytes) => zlib.brotliCompressSync(bytes, BROTLI_OPTIONS),
      encoder: () => zlib.createBrotliCompress(BROTLI_OPTIONS),
    },
  ],
]);
if (zstd.zstdDecompressSync && zstd.zstdCompressSync && zstd.createZstdDecompress && zstd.createZstdCompress) {
  const { zstdDecompressSync, zstdCompressSync, createZstdDecompress, createZstdCompress } = zstd;
  codings.set('zstd', {
    decode: (bytes, limit, cut) => zstdDecompressSync(bytes, options(limit, cut, ZSTD_E_FLUSH)),
    decodeStream: decodingWith(() => createZstdDecompress()),
    encode: (bytes) => zstdCompressSync(bytes),
    encoder: () => createZstdCompress(),
  });
}

/** Called with the name of the coding when the coded bytes end early. */
export type OnCut = (coding: string) => void;

/** More than real senders apply. Each coding takes memory while the content is decoded. */
const MAX_CODINGS = 16;

/** A `Content-Encoding` that is not supported, or bytes that are not valid in it. */
export class ContentCodingError extends Error {
  override name = 'ContentCodingError';
}

/** The codings of a `Content-Encoding` value, in the order in which they were applied, without `identity`. */
export function parseContentEncoding(value: string | undefined): string[] {
  if (!value) return [];
  return value
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
}

/**
 * Undoes content codings (RFC 9110 section 8.4). If the coded bytes end early, their decodable part is returned.
 * @param limit maximum bytes to return; the rest is cut off
 * @throws ContentCodingError
 */
export async function decodeContent(
  bytes: Buffer,
  applied: string[],
  limit = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  return decodeAtOnce(bytes, applied, limit) ?? collect(decodeStream([bytes], applied), limit);
}

/**
 * Synchronous `decodeContent`, for small content.
 * @param onCut called with the coding if the coded bytes end early
 * @returns undefined if the content is larger than the limit and has to be decoded as a stream
 * @throws ContentCodingError
 */
export function decodeAtOnce(bytes: Buffer, applied: string[], limit: number, onCut?: OnCut): Buffer | undefined {
  let content = bytes;
  const atMost = Math.max(1, Math.min(limit, 0x7fffffff));
  try {
    for (const name of inOrderOfUndoing(applied)) {
      if (content.length === 0) break;
      content = decodeOneAtOnce(content, name, atMost, onCut);
    }
    return content.length > limit ? content.subarray(0, limit) : content;
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw asCodingError(error, applied);
  }
}

function decodeOneAtOnce(bytes: Buffer, name: string, limit: number, onCut: OnCut | undefined): Buffer {
  const coding = codingNamed(name);
  try {
    return coding.decode(bytes, limit, false);
  } catch (error) {
    if (codeOf(error) !== ENDS_EARLY) throw error;
  }
  const content = coding.decode(bytes, limit, true);
  onCut?.(name);
  return content;
}

/**
 * Undoes content codings for a body of any size, chunk by chunk.
 * @param onCut called after the last chunk, with the coding, if the coded bytes end early
 * @throws ContentCodingError while it is read; errors of the source pass through
 */
export async function* decodeStream(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  applied: string[],
  onCut?: OnCut,
): AsyncGenerator<Buffer> {
  let decoded = chunks;
  for (const name of inOrderOfUndoing(applied)) decoded = decodeOne(decoded, name, onCut);
  yield* decoded;
}

async function* decodeOne(chunks: Chunks, name: string, onCut: OnCut | undefined): AsyncGenerator<Buffer> {
  try {
    yield* codingNamed(name).decodeStream(chunks, () => onCut?.(name));
  } catch (error) {
    throw error instanceof DecodingError ? asCodingError(error, [name]) : error;
  }
}

/** @param decoder creates the decoder from the beginning of the coded bytes */
function decodingWith(decoder: (first: Buffer) => Decompressor): Coding['decodeStream'] {
  return async function* (chunks, onCut) {
    let decoding: Decoding | undefined;
    try {
      for await (const chunk of chunks) {
        if (chunk.length === 0) continue;
        decoding ??= new Decoding(decoder(chunk));
        yield* decoding.write(chunk);
        if (!decoding.open) break;
      }
      if (!decoding) return;
      yield* decoding.end();
      const { failure } = decoding;
      if (!failure) return;
      if (codeOf(failure) !== ENDS_EARLY) throw new DecodingError(failure.message);
      onCut();
    } finally {
      decoding?.close();
    }
  };
}

/** Applies content codings. @throws ContentCodingError if one is not supported */
export function encodeContent(content: Buffer, applied: string[]): Buffer {
  return applied.reduce((bytes, name) => codingNamed(name).encode(bytes), content);
}

/**
 * Applies content codings chunk by chunk. Output is flushed when the source has no further chunk ready. Empty content stays
 * empty.
 * @throws ContentCodingError if a coding is not supported; errors of the source pass through
 */
export function encodeStream(content: AsyncIterable<Buffer>, applied: string[]): AsyncIterable<Buffer> {
  return applied.reduce((bytes, name) => encodeOne(bytes, name), content);
}

async function* encodeOne(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const coding = codingNamed(name);
  const source = chunks[Symbol.asyncIterator]();
  let encoding: Encoding | undefined;
  let ended = false;
  try {
    let next = source.next();
    for (;;) {
      if (encoding && !(await isReady(next))) yield* encoding.flush();
      const { done, value } = await next;
      if (done) break;
      if (value.length > 0) {
        encoding ??= new Encoding(coding.encoder());
        yield* encoding.write(value);
      }
      next = source.next();
      // It is awaited in the next round, or never if the consumer stops; then a rejection must not be unhandled.
      next.catch(() => {});
    }
    ended = true;
    if (encoding) yield* encoding.end();
  } finally {
    encoding?.close();
    if (!ended) await source.return?.();
  }
}

/** Whether a promise settles within this turn of the event loop. */
function isReady(promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const ready = (): void => resolve(true);
    promise.then(ready, ready);
    setImmediate(() => resolve(false));
  });
}

/** @throws ContentCodingError if one of the codings is not supported */
export function checkCodings(applied: readonly string[]): void {
  for (const name of inOrderOfUndoing(applied)) codingNamed(name);
}

/** Puts chunks together, at most `limit` bytes. */
export async function collect(chunks: AsyncIterable<Buffer>, limit = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(size + chunk.length > limit ? chunk.subarray(0, limit - size) : chunk);
    size += parts.at(-1)!.length;
    if (size >= limit) break;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
}

function inOrderOfUndoing(applied: readonly string[]): string[] {
  if (applied.length <= MAX_CODINGS) return [...applied].reverse();
  throw new ContentCodingError(
    `Content-Encoding names ${applied.length} codings; at most ${MAX_CODINGS} are supported`,
  );
}

function codingNamed(name: string): Coding {
  const coding = codings.get(name);
  if (!coding) throw new ContentCodingError(`Content-Encoding ${quote(name)} is not supported`);
  return coding;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function asCodingError(error: unknown, applied: string[]): Error {
  if (error instanceof ContentCodingError) return error;
  return new ContentCodingError(`The body is not valid ${cut(applied.join(', '))}: ${(error as Error).message}`);
}
