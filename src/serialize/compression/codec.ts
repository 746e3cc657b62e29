import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import type { Decompressor } from '../../flow/body/decoding.js';

/** Compression of files and records: gzip (RFC 1952) or Zstandard (RFC 8878). */
export type Compression = 'gzip' | 'zstd';

/** A compressing stream. */
export interface Compressor extends Transform {
  /** Emits all data written so far, then calls back. @param kind the codec's `flush` */
  flush(kind: number, callback: () => void): void;
}

export interface Codec {
  compress(bytes: Buffer): Buffer;
  /** @throws Error if the data is damaged, truncated, or longer than `limit` */
  decompress(bytes: Buffer, limit: number): Buffer;
  compressor(): Compressor;
  /** The cheapest kind of flush: later data may still refer to earlier data. */
  readonly flush: number;
  decompressor(): Decompressor;
}

/** The first Node.js release with Zstandard. */
const ZSTD_SINCE = '22.15';

/** The part of node:zlib that Node 20 lacks. */
interface Zstd {
  zstdCompressSync?: (bytes: Buffer) => Buffer;
  zstdDecompressSync?: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
  createZstdCompress?: () => Compressor;
  createZstdDecompress?: (options: { chunkSize: number }) => Decompressor;
}
const { zstdCompressSync, zstdDecompressSync, createZstdCompress, createZstdDecompress } = zlib as unknown as Zstd;

/** `ZSTD_e_flush` of zstd.h. */
const ZSTD_E_FLUSH = 1;
/** Bytes of output per chunk of a decompressor. */
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

/** A compression that this runtime does not support. */
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

const ENDINGS: Readonly<Record<string, Compression>> = { '.gz': 'gzip', '.zst': 'zstd' };

/** The compression of a whole file, by the extension of its name. */
export function compressionOfPath(path: string): Compression | undefined {
  return ENDINGS[endingOf(path)];
}

/** The name without the extension of the compression. */
export function withoutCompression(path: string): string {
  return compressionOfPath(path) ? path.slice(0, -endingOf(path).length) : path;
}

function endingOf(path: string): string {
  return /\.[a-z]+$/.exec(path.toLowerCase())?.[0] ?? '';
}
