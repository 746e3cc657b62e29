import { writev } from 'node:fs';

/**
 * Writes chunks to a file, and repeats after a short write until all bytes are written.
 * @param position offset in the file; null for the current position, as for files that are appended to
 * @param done called with the number of bytes written, also after an error
 */
export function writeAll(
  fd: number,
  chunks: readonly Buffer[],
  position: number | null,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
): void {
  writev(fd, chunks, position, (error, count) => {
    if (error) return done(error, 0);
    const rest = behind(chunks, count);
    if (rest.length === 0) return done(null, count);
    writeAll(fd, rest, position === null ? null : position + count, (error, written) => done(error, count + written));
  });
}

/** The chunks without their first `written` bytes. */
export function behind(chunks: readonly Buffer[], written: number): Buffer[] {
  const rest: Buffer[] = [];
  let skip = written;
  for (const chunk of chunks) {
    if (skip >= chunk.length) skip -= chunk.length;
    else {
      rest.push(skip > 0 ? chunk.subarray(skip) : chunk);
      skip = 0;
    }
  }
  return rest;
}
