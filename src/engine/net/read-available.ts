import type { Readable } from 'node:stream';

/**
 * Takes out all bytes that have come; null if there are none, and then more are read from the source. Without a size,
 * `read()` gives one of the buffered pieces only since Node 26.
 */
export function readAvailable(stream: Readable): Buffer | null {
  const { readableLength } = stream;
  return stream.read(readableLength > 0 ? readableLength : undefined) as Buffer | null;
}

/**
 * Calls back if the peer has ended its side behind bytes that are not read yet; they stay to be read if it has not. Node
 * reports an end only when all before it was read. The stream must not be flowing, nor have listeners for data.
 */
export function ifEnded(stream: Readable, ended: () => void): void {
  const bytes = readAvailable(stream);
  stream.read(0);
  // An end behind the bytes was reported by then; nothing new is read in between.
  process.nextTick(() => {
    if (stream.readableEnded) ended();
    else if (bytes) stream.unshift(bytes);
  });
}
