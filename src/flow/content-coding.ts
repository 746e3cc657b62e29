import { Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { cut, quote } from './quote.js';

interface Coding {
  decode(bytes: Buffer, limit: number): Buffer;
  /** @param first the beginning of the coded bytes */
  decoder(first: Buffer): Transform;
  encode(bytes: Buffer): Buffer;
}

/** The part of node:zlib that Node 20 does not have. */
interface Zstd {
  zstdDecompressSync?: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
  zstdCompressSync?: (bytes: Buffer) => Buffer;
  createZstdDecompress?: () => Transform;
}
const zstd = zlib as unknown as Zstd;

// A body that was cut off is shown as far as it goes, hence the flush that does not insist on the end of the stream.
const lenient = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
const lenientBrotli = { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH };

const gzip: Coding = {
  decode: (bytes, limit) => zlib.gunzipSync(bytes, { ...lenient, maxOutputLength: limit }),
  decoder: () => zlib.createGunzip(lenient),
  encode: (bytes) => zlib.gzipSync(bytes),
};

/** Senders mean zlib or raw deflate by this name (RFC 9110 section 8.4.1.2); the first byte tells which. */
const deflate: Coding = {
  decode: (bytes, limit) => {
    return (isZlib(bytes) ? zlib.inflateSync : zlib.inflateRawSync)(bytes, { ...lenient, maxOutputLength: limit });
  },
  decoder: (first) => (isZlib(first) ? zlib.createInflate(lenient) : zlib.createInflateRaw(lenient)),
  encode: (bytes) => zlib.deflateSync(bytes),
};

/** The two bytes of RFC 1950 section 2.2. */
function isZlib(bytes: Buffer): boolean {
  return (bytes[0]! & 0x0f) === 8 && (bytes.length < 2 || bytes.readUInt16BE(0) % 31 === 0);
}

const codings = new Map<string, Coding>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', deflate],
  [
    'br',
    {
      decode: (bytes, limit) => zlib.brotliDecompressSync(bytes, { ...lenientBrotli, maxOutputLength: limit }),
      decoder: () => zlib.createBrotliDecompress(lenientBrotli),
      encode: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
    },
  ],
]);
if (zstd.zstdDecompressSync && zstd.zstdCompressSync && zstd.createZstdDecompress) {
  const { zstdDecompressSync, zstdCompressSync, createZstdDecompress } = zstd;
  codings.set('zstd', {
    decode: (bytes, limit) => zstdDecompressSync(bytes, { maxOutputLength: limit }),
    decoder: () => createZstdDecompress(),
    encode: (bytes) => zstdCompressSync(bytes),
  });
}

/** More than anybody applies; each takes memory while the content is decoded. */
const MOST_CODINGS = 16;

/** A `Content-Encoding` that this runtime cannot undo, or bytes that are not what it says. */
export class ContentCodingError extends Error {
  override name = 'ContentCodingError';
}

/** The codings of a `Content-Encoding` value in the order in which they were applied, without `identity`. */
export function parseContentEncoding(value: string | undefined): string[] {
  if (!value) return [];
  return value
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
}

/**
 * Undoes content codings (RFC 9110 section 8.4).
 * @param limit the most bytes wanted; more are cut off
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
 * The same without waiting, for what is small.
 * @returns undefined if the content is larger than the limit, so that it has to be decoded piece by piece
 * @throws ContentCodingError
 */
export function decodeAtOnce(bytes: Buffer, applied: string[], limit: number): Buffer | undefined {
  let content = bytes;
  try {
    for (const name of inOrderOfUndoing(applied)) {
      if (content.length === 0) break;
      content = codingNamed(name).decode(content, Math.max(1, Math.min(limit, 0x7fffffff)));
    }
    return content.length > limit ? content.subarray(0, limit) : content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw asCodingError(error, applied);
  }
}

/** The same for a body of any size, piece by piece. @throws ContentCodingError while it is read, or what the source throws */
export async function* decodeStream(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  applied: string[],
): AsyncGenerator<Buffer> {
  let decoded = chunks;
  for (const name of inOrderOfUndoing(applied)) decoded = decodeOne(decoded, name);
  yield* decoded;
}

async function* decodeOne(chunks: AsyncIterable<Buffer> | Iterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const coding = codingNamed(name);
  const encoded = all(chunks);
  let source: Readable | undefined;
  let decoder: Transform | undefined;
  let unreadable: Error | undefined;
  const first = await encoded.next();
  if (first.done) return;
  try {
    decoder = coding.decoder(first.value);
    source = Readable.from(startingWith(first.value, encoded), { objectMode: false });
    source.on('error', (error) => {
      unreadable = error;
      decoder?.destroy(error);
    });
    for await (const chunk of source.pipe(decoder)) yield chunk as Buffer;
  } catch (error) {
    throw unreadable ?? asCodingError(error, [name]);
  } finally {
    // A reader that stops early has to close the spool file behind it.
    source?.destroy();
    decoder?.destroy();
  }
}

async function* all(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function* startingWith(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/** Applies content codings again. @throws ContentCodingError if one is unknown here */
export function encodeContent(content: Buffer, applied: string[]): Buffer {
  return applied.reduce((bytes, name) => codingNamed(name).encode(bytes), content);
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
  if (applied.length <= MOST_CODINGS) return [...applied].reverse();
  throw new ContentCodingError(
    `Content-Encoding names ${applied.length} codings, and at most ${MOST_CODINGS} are undone`,
  );
}

function codingNamed(name: string): Coding {
  const coding = codings.get(name);
  if (!coding) throw new ContentCodingError(`Content-Encoding ${quote(name)} cannot be decoded here`);
  return coding;
}

function asCodingError(error: unknown, applied: string[]): Error {
  if (error instanceof ContentCodingError) return error;
  return new ContentCodingError(`The body is not valid ${cut(applied.join(', '))}: ${(error as Error).message}`);
}
