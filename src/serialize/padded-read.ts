import type { ByteSource } from '../flow/body.js';

const ZEROS = Buffer.alloc(64 * 1024);

/**
 * Reads exactly as many bytes as a source said to have, for a place whose length was written already. What cannot be read
 * is filled up with zeros.
 * @throws Error afterwards, if something could not be read
 */
export async function* paddedRead(source: ByteSource): AsyncGenerator<Buffer> {
  let left = source.size;
  let failure: unknown;
  try {
    for await (const chunk of source.read()) {
      if (left === 0) break;
      const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= part.length;
      yield part;
    }
  } catch (error) {
    failure = error;
  }
  if (left > 0) failure ??= new Error('A body is shorter than it was said to be');
  for (; left > 0; left -= Math.min(left, ZEROS.length)) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
  if (failure !== undefined) throw failure;
}
