import zlib from 'node:zlib';
import type { Decompressor } from '../../flow/body/decoding.js';
import { codecOf } from './codec.js';

/** A way in which a whole file can be compressed. */
export interface FileCompression {
  /** For messages. */
  readonly name: string;
  /** What each compressed stream begins with, if that says enough to find one. */
  readonly magic: Buffer | undefined;
  /** Whether the decompressor takes several streams in one write. */
  readonly takesSeveral: boolean;
  /** Whether a compressed stream begins like this. */
  begins(bytes: Buffer): boolean;
  /** @throws CompressionMissingError */
  decompressor(): Decompressor;
}

/** The third byte is the only method there is (RFC 1952 section 2.3.1). */
const GZIP = withMagic('gzip', '\x1f\x8b\x08');
const ZSTD = withMagic('zstd', '\x28\xb5\x2f\xfd');

/** As in the `.zhar` files of mitmproxy (RFC 1950). Two bytes say little, so those that follow are tried. */
const ZLIB: FileCompression = {
  name: 'zlib',
  magic: undefined,
  takesSeveral: false,
  begins: (bytes) => bytes[0] === 0x78 && bytes.length > 2 && bytes.readUInt16BE(0) % 31 === 0 && inflates(bytes),
  decompressor: () => zlib.createInflate({ chunkSize: 64 * 1024 }),
};

/** How a file that begins like this is compressed as a whole; undefined if it is not. */
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
