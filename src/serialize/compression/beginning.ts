import { Decoding, type Decompressor } from '../../flow/body/decoding.js';

/** Decompresses the beginning of a stream as far as it goes; empty if it is not a compressed stream. */
export async function decompressBeginning(bytes: Buffer, decompressor: Decompressor): Promise<Buffer> {
  const decoding = new Decoding(decompressor);
  try {
    for await (const chunk of decoding.write(bytes)) return chunk;
    return Buffer.alloc(0);
  } finally {
    decoding.close();
  }
}
