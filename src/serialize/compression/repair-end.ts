import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Decoding } from '../../flow/body/decoding.js';
import { type FormatDefinition, RECOGNISED_BY } from '../format.js';
import { FileInput } from '../input/input-file.js';
import { type Compression, codecOf } from './codec.js';
import { compressionOfContent } from './recognise.js';

/** A longer last stream was not written by tsdump, or contains a huge flow. */
const LONGEST = 64 * 1024 * 1024;
/** Bytes that are decompressed at a time. */
const PIECE = 64 * 1024;

/** The last stream of a file. Offsets refer to the file. */
interface LastStream {
  begin: number;
  /** Its end, if it is complete. */
  end: number | undefined;
}

/**
 * Makes a compressed file end with a complete stream, so that another can be appended. The complete flows of a torn
 * stream are compressed again.
 * @returns the number of bytes replaced, 0 if the end was complete; undefined if that is unknown or the file is better
 * left alone
 */
export async function repairEnd(
  file: FileInput,
  compression: Compression,
  format: FormatDefinition,
): Promise<number | undefined> {
  const start = Math.max(0, file.size - LONGEST);
  const tail = await file.readRange(start, file.size - start);
  const content = `${file.name}.${randomUUID()}.mend`;
  const scratch = await open(content, 'ax+', 0o600);
  try {
    const stream = await lastStream(tail, compression, format, scratch);
    if (!stream) return undefined;
    const { begin, end } = stream;
    if (end !== undefined) return await replace(file, start + end, []);
    const whole = await compressWhole(content, compression, format);
    return whole && (await replace(file, start + begin, whole));
  } finally {
    await scratch.close();
    await rm(content, { force: true });
  }
}

/** @param content receives the decompressed stream */
async function lastStream(
  tail: Buffer,
  compression: Compression,
  format: FormatDefinition,
  content: FileHandle,
): Promise<LastStream | undefined> {
  const { magic } = compressionOfContent(codecOf(compression).compress(Buffer.alloc(0)))!;
  let next = tail.length;
  for (let begin = next; begin > 0; next = begin) {
    begin = tail.lastIndexOf(magic!, next - 1);
    if (begin < 0) break;
    let end: number | undefined = next;
    // A decompressor continues with adjoining data that looks like a stream, so each stream is tried alone first.
    if (!(await isWhole(tail.subarray(begin, next), compression, content))) {
      const { taken, state } = await decompress(tail.subarray(begin), compression, content);
      if (state === 'damaged') continue;
      end = state === 'whole' ? begin + taken : undefined;
    }
    const { buffer, bytesRead } = await content.read(Buffer.alloc(RECOGNISED_BY), 0, RECOGNISED_BY, 0);
    if (end === tail.length || format.recognises(buffer.subarray(0, bytesRead))) return { begin, end };
  }
  return undefined;
}

interface Outcome {
  /** Bytes that were consumed. */
  taken: number;
  state: 'whole' | 'damaged' | 'cut off';
}

/** @param to is emptied first */
async function decompress(bytes: Buffer, compression: Compression, to: FileHandle): Promise<Outcome> {
  await to.truncate();
  const decoding = new Decoding(codecOf(compression).decompressor());
  try {
    for (let at = 0; ; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      const more = piece.length > 0;
      for await (const chunk of more ? decoding.write(piece) : decoding.end()) await to.appendFile(chunk);
      const { taken } = decoding;
      if (decoding.failure) return { taken, state: more ? 'damaged' : 'cut off' };
      if (!more || decoding.ended || taken < at + piece.length) return { taken, state: 'whole' };
    }
  } finally {
    decoding.close();
  }
}

/** Whether these bytes are exactly one stream. */
async function isWhole(bytes: Buffer, compression: Compression, to: FileHandle): Promise<boolean> {
  const { taken, state } = await decompress(bytes, compression, to);
  return state === 'whole' && taken === bytes.length;
}

/** The complete flows of a file, compressed as one stream; undefined without a readable flow. */
async function compressWhole(
  content: string,
  compression: Compression,
  format: FormatDefinition,
): Promise<Buffer[] | undefined> {
  const file = await FileInput.open(content);
  const end = await format.findEnd!(file).finally(() => file.close());
  if (!end) return undefined;
  const chunks: Buffer[] = [];
  if (end.offset === 0) return chunks;
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield* createReadStream(content, { end: end.offset - 1 });
    if (end.separator) yield end.separator;
  };
  await pipeline(whole, codecOf(compression).compressor(), async (compressed: AsyncIterable<Buffer>) => {
    for await (const chunk of compressed) chunks.push(chunk);
  });
  return chunks;
}

/** Replaces the bytes from an offset on. @returns the number of replaced bytes */
async function replace({ name, size }: FileInput, from: number, chunks: readonly Buffer[]): Promise<number> {
  const file = await open(name, 'r+');
  try {
    let at = from;
    for (const chunk of chunks) at = await writeAt(file, chunk, at);
    await file.truncate(at);
  } finally {
    await file.close();
  }
  return size - from;
}

async function writeAt(file: FileHandle, bytes: Buffer, from: number): Promise<number> {
  let at = 0;
  while (at < bytes.length) at += (await file.write(bytes, at, bytes.length - at, from + at)).bytesWritten;
  return from + at;
}
