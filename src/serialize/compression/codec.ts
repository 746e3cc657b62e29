import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import type { Decompressor } from '../../flow/body/decoding.js';

/** How files and records are compressed: gzip (RFC 1952) or Zstandard (RFC 8878). */
export type Compression = 'gzip' | 'zstd';

/** A stream that compresses. */
export interface Compressor extends Transform {
  /** Puts out all that was written before, and calls back then. @param kind the codec's `flush` */
  flush(kind: number, callback: () => void): void;
}

export interface Codec {
  compress(bytes: Buffer): Buffer;
  /** @throws Error if it is damaged, cut off, or longer than `limit` */
  decompress(bytes: Buffer, limit: number): Buffer;
  compressor(): Compressor;
  /** The way to flush that costs least: what follows is compressed in view of what was before. */
  readonly flush: number;
  decompressor(): Decompressor;
}

/** The oldest Node.js that has Zstandard. */
const ZSTD_SINCE = '22.15';

/** The part of node:zlib that Node 20 does not have. */
interface Zstd {
  zstdCompressSync?: (bytes: Buffer) => Buffer;
  zstdDecompressSync?: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
  createZstdCompress?: () => Compressor;
  createZstdDecompress?: (options: { chunkSize: number }) => Decompressor;
}
const { zstdCompressSync, zstdDecompressSync, createZstdCompress, createZstdDecompress } = zlib as unknown as Zstd;

/** `ZSTD_e_flush` of zstd.h. */
const ZSTD_E_FLUSH = 1;
/** Bytes that a decompressor makes at a time. */
const CHUNK = { chunkSize: 64 * 1024 };

const GZIP: Codec = {
  compress: (bytes) => zlib.gzipSync(bytes),
  decompress: (bytes, limit) => zlib.gunzipSync(bytes, { maxOutputLength: Math.max(1, limit) }),
  compressor: () => zlib.createGzip(),
  flush: zlib.constants.Z_SYNC_FLUSH,
  decompressor: () => zlib.createGunzip(CHUNK),
};

const ZSTD: Codec | undefined =
  zstdCompressSync && zstdDecompressSync && createZstdCompress && createZstdDecompress
    ? {
        compress: (bytes) => zstdCompressSync(bytes),
        decompress: (bytes, limit) => zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, limit) }),
        compressor: () => createZstdCompress(),
        flush: ZSTD_E_FLUSH,
        decompressor: () => createZstdDecompress(CHUNK),
      }
    : undefined;

/** Something is compressed, or to be compressed, in a way that this runtime does not know. */
export class CompressionMissingError extends Error {
  override name = 'CompressionMissingError';
  constructor() {
    super(`zstd needs Node.js ${ZSTD_SINCE} or newer, this is ${process.versions.node}`);
  }
}

/** @throws CompressionMissingError */
export function codecOf(compression: Compression): Codec {
  if (compression === 'gzip') return GZIP;
  if (!ZSTD) throw new CompressionMissingError();
  return ZSTD;
}
