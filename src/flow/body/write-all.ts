import { writev } from 'node:fs';

/**
 * Writes all of some chunks to a file. The system may take a part of them only; then the rest is written again.
 * @param position where in the file; null where it stands, as for files that are appended to
 * @param done gets how many bytes were written, also if an error kept the others from it
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

/** The chunks without their first bytes. */
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
