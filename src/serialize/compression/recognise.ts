import zlib from 'node:zlib';
import { Decoding, type Decompressor } from '../../flow/body/decoding.js';
import { codecOf } from './codec.js';

/** A compression of whole files. */
export interface FileCompression {
  /** For messages. */
  readonly name: string;
  /** The magic number of each stream, if it is distinctive enough to search for. */
  readonly magic: Buffer | undefined;
  /** Whether the decompressor accepts several streams in one write. */
  readonly takesSeveral: boolean;
  /** Whether a compressed stream begins with these bytes. */
  begins(bytes: Buffer): boolean;
  /** @throws CompressionMissingError */
  decompressor(): Decompressor;
}

/** The third byte is the only compression method defined (RFC 1952 section 2.3.1). */
const GZIP = withMagic('gzip', '\x1f\x8b\x08');
const ZSTD = withMagic('zstd', '\x28\xb5\x2f\xfd');

/**
 * As in the `.zhar` files of mitmproxy (RFC 1950). Two bytes are not distinctive, so the following ones are
 * decompressed.
 */
const ZLIB: FileCompression = {
  name: 'zlib',
  magic: undefined,
  takesSeveral: false,
  begins: (bytes) => bytes[0] === 0x78 && bytes.length > 2 && bytes.readUInt16BE(0) % 31 === 0 && inflates(bytes),
  decompressor: () => zlib.createInflate({ chunkSize: 64 * 1024 }),
};

/** The compression of a whole file that begins with these bytes; undefined if it is not compressed. */
export function compressionOfContent(beginning: Buffer): FileCompression | undefined {
  return [GZIP, ZSTD, ZLIB].find((compression) => compression.begins(beginning));
}

function withMagic(name: 'gzip' | 'zstd', text: string): FileCompression {
  const magic = Buffer.from(text, 'latin1');
  return {
    name,
    magic,
    takesSeveral: name === 'gzip',
    begins: (bytes) => bytes.subarray(0, magic.length).equals(magic),
    decompressor: () => codecOf(name).decompressor(),
  };
}

function inflates(beginning: Buffer): boolean {
  try {
    zlib.inflateSync(beginning, { finishFlush: zlib.constants.Z_SYNC_FLUSH });
    return true;
  } catch {
    return false;
  }
}

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
