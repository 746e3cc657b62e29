/** Options of the decoders of node:zlib. */
export interface DecodeOptions {
  maxOutputLength: number;
  finishFlush?: number;
}

/** The content, and the number of bytes that were its coded form. Other bytes may follow them. */
export interface Decoded {
  readonly content: Buffer;
  readonly taken: number;
}

/** A decoder of node:zlib for bytes in memory. */
export type WholeDecoder = (bytes: Buffer, options: DecodeOptions) => Buffer;

/** @throws the error of the decoder */
export function decodeWhole(decode: WholeDecoder, bytes: Buffer, options: DecodeOptions): Decoded {
  // The types of Node do not have the result for `info`.
  const { buffer, engine } = decode(bytes, { ...options, info: true } as DecodeOptions) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  return { content: buffer, taken: engine.bytesWritten };
}
