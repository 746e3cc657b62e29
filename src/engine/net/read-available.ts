import type { Readable } from 'node:stream';

/**
 * Reads all buffered bytes; null if the buffer is empty, and then the source is read. Since Node 26, `read()` without a size
 * returns only one of the buffered pieces.
 */
export function readAvailable(stream: Readable): Buffer | null {
  const { readableLength } = stream;
  return stream.read(readableLength > 0 ? readableLength : undefined) as Buffer | null;
}

/**
 * Calls back if the peer has ended its side after bytes that are still unread; otherwise puts those bytes back. Node
 * reports an end only after all bytes were read. The stream must be paused and have no `data` listeners.
 */
export function ifEnded(stream: Readable, ended: () => void): void {
  const bytes = readAvailable(stream);
  stream.read(0);
  // An end after the bytes is reported by then; no new bytes are read in between.
  process.nextTick(() => {
    if (stream.readableEnded) ended();
    else if (bytes) stream.unshift(bytes);
  });
}
