import { Decoding, type Decompressor } from '../../flow/body/decoding.js';

/** What the beginning of a compressed stream gives at least; nothing if it is none. */
export async function decompressBeginning(bytes: Buffer, decompressor: Decompressor): Promise<Buffer> {
  const decoding = new Decoding(decompressor);
  try {
    for await (const chunk of decoding.write(bytes)) return chunk;
    return Buffer.alloc(0);
  } finally {
    decoding.close();
  }
}
