/** A piece of a flow as it is written: bytes, or what makes them when their turn comes, such as a body on disk. */
export type Piece = Buffer | (() => AsyncIterable<Buffer>);

/**
 * Makes pieces in order. One that cannot be made ends early, and those behind it are made all the same.
 * @throws Error afterwards, the first that there was
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

/** Writes pieces in order, as far as they can be made. @throws Error as `makePieces`, or what `write` throws */
export async function writePieces(pieces: readonly Piece[], write: (chunk: Buffer) => Promise<void>): Promise<void> {
  for await (const chunk of makePieces(pieces)) await write(chunk);
}
