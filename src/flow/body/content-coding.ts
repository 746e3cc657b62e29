import { cut, quote } from '../text/quote.js';
import { type Coding, codings } from './codings/codings.js';
import { type Chunks, codeOf, ENDS_EARLY } from './codings/decode-stream.js';
import { DecodingError, Encoding } from './decoding.js';

/** Called with the name of the coding when the coded bytes end early. */
export type OnCut = (coding: string) => void;

/** Called with the name of the coding when other bytes follow the coded ones. They are not part of the content. */
export type OnRest = (coding: string) => void;

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
 * @param onRest called with the coding if other bytes follow the coded ones
 * @returns undefined if the content is larger than the limit and has to be decoded as a stream
 * @throws ContentCodingError
 */
export function decodeAtOnce(
  bytes: Buffer,
  applied: string[],
  limit: number,
  onCut?: OnCut,
  onRest?: OnRest,
): Buffer | undefined {
  let content = bytes;
  const atMost = Math.max(1, Math.min(limit, 0x7fffffff));
  try {
    for (const name of inOrderOfUndoing(applied)) {
      if (content.length === 0) break;
      content = decodeOneAtOnce(content, name, atMost, onCut, onRest);
    }
    return content.length > limit ? content.subarray(0, limit) : content;
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw asCodingError(error, applied);
  }
}

function decodeOneAtOnce(
  bytes: Buffer,
  name: string,
  limit: number,
  onCut: OnCut | undefined,
  onRest: OnRest | undefined,
): Buffer {
  const coding = codingNamed(name);
  try {
    const { content, taken } = coding.decode(bytes, limit, false);
    if (taken < bytes.length) onRest?.(name);
    return content;
  } catch (error) {
    if (codeOf(error) !== ENDS_EARLY) throw error;
  }
  const { content } = coding.decode(bytes, limit, true);
  onCut?.(name);
  return content;
}

/**
 * Undoes content codings for a body of any size, chunk by chunk.
 * @param onCut called after the last chunk, with the coding, if the coded bytes end early
 * @param onRest called after the last chunk, with the coding, if other bytes follow the coded ones
 * @throws ContentCodingError while it is read; errors of the source pass through
 */
export async function* decodeStream(
  chunks: Chunks,
  applied: string[],
  onCut?: OnCut,
  onRest?: OnRest,
): AsyncGenerator<Buffer> {
  let decoded = chunks;
  for (const name of inOrderOfUndoing(applied)) decoded = decodeOne(decoded, name, onCut, onRest);
  yield* decoded;
}

async function* decodeOne(chunks: Chunks, name: string, onCut?: OnCut, onRest?: OnRest): AsyncGenerator<Buffer> {
  const coding = codingNamed(name);
  try {
    yield* coding.decodeStream(
      chunks,
      () => onCut?.(name),
      () => onRest?.(name),
    );
  } catch (error) {
    throw error instanceof DecodingError ? asCodingError(error, [name]) : error;
  }
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

function asCodingError(error: unknown, applied: string[]): Error {
  if (error instanceof ContentCodingError) return error;
  return new ContentCodingError(`The body is not valid ${cut(applied.join(', '))}: ${(error as Error).message}`);
}
