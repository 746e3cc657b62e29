import { Decoding, DecodingError, type Decompressor } from '../decoding.js';

export type Chunks = AsyncIterable<Buffer> | Iterable<Buffer>;

/**
 * Undoes a content coding chunk by chunk.
 * @param onCut called after the last chunk if the coded bytes end early
 * @param onRest called after the last chunk if other bytes follow the coded ones
 * @throws DecodingError while it is read
 */
export type StreamDecoder = (chunks: Chunks, onCut: () => void, onRest: () => void) => AsyncGenerator<Buffer>;

/** Error code of a zlib decoder whose input ends early. */
export const ENDS_EARLY = 'Z_BUF_ERROR';

/** @param decoder creates the decoder from the beginning of the coded bytes */
export function decodingWith(decoder: (first: Buffer) => Decompressor): StreamDecoder {
  return async function* (chunks, onCut, onRest) {
    let decoding: Decoding | undefined;
    let given = 0;
    try {
      for await (const chunk of chunks) {
        if (chunk.length === 0) continue;
        given += chunk.length;
        decoding ??= new Decoding(decoder(chunk));
        yield* decoding.write(chunk);
        if (!decoding.open) break;
      }
      if (!decoding) return;
      yield* decoding.end();
      const { failure, taken } = decoding;
      if (!failure) {
        if (taken < given) onRest();
        return;
      }
      if (codeOf(failure) !== ENDS_EARLY) throw new DecodingError(failure.message);
      onCut();
    } finally {
      decoding?.close();
    }
  };
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
