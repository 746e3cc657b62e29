/** A piece of an encoded flow: bytes, or a function that reads them, such as those of a body on disk. */
export type Piece = Buffer | (() => AsyncIterable<Buffer>);

/**
 * Yields the bytes of pieces in order. A piece that fails ends early, and the following ones are still yielded.
 * @throws Error at the end: the first failure
 */
export async function* makePieces(pieces: readonly Piece[]): AsyncGenerator<Buffer> {
  const failures: unknown[] = [];
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) yield piece;
    else {
      try {
        yield* piece();
      } catch (error) {
        failures.push(error);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Writes pieces in order, as far as they can be read. @throws Error as `makePieces`, or of `write` */
export async function writePieces(pieces: readonly Piece[], write: (chunk: Buffer) => Promise<void>): Promise<void> {
  for await (const chunk of makePieces(pieces)) await write(chunk);
}
