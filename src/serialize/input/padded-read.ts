import type { ByteSource } from '../../flow/body/body.js';

const ZEROS = Buffer.alloc(64 * 1024);

/**
 * Reads exactly this many bytes of a source. For a target where the length is already written, so missing bytes are replaced by
 * zeros.
 * @param length in bytes
 * @param memory for bytes on disk, if each chunk is used up before the next is requested
 * @throws Error at the end, if bytes could not be read
 */
export async function* paddedRead(source: ByteSource, length: number, memory?: Buffer): AsyncGenerator<Buffer> {
  let left = length;
  let failure: unknown;
  try {
    for await (const chunk of (memory && source.readInto?.(memory)) ?? source.read()) {
      if (left === 0) break;
      const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= part.length;
      yield part;
    }
  } catch (error) {
    failure = error;
  }
  if (left > 0) failure ??= new Error('A body is shorter than its stated length');
  for (; left > 0; left -= ZEROS.length) yield left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS;
  if (failure !== undefined) throw failure;
}
