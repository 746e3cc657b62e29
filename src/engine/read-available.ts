import type { Readable } from 'node:stream';

/**
 * Takes out all bytes that have come; null if there are none, and then more are read from the source. Without a size,
 * `read()` gives one of the buffered pieces only since Node 26.
 */
export function readAvailable(stream: Readable): Buffer | null {
  const { readableLength } = stream;
  return stream.read(readableLength > 0 ? readableLength : undefined) as Buffer | null;
}
