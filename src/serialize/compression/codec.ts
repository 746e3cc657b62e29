import type { Transform, TransformCallback } from 'node:stream';
import zlib from 'node:zlib';
import type { Decompressor } from '../../flow/body/decoding.js';
import { ZstdFrames } from './zstd-frames.js';

/** Compression of files and records: gzip (RFC 1952) or Zstandard (RFC 8878). */
export type Compression = 'gzip' | 'zstd';

/** A compressing stream. */
export interface Compressor extends Transform {
  /** Emits all data written so far, then calls back. @param kind the codec's `flush` */
  flush(kind: number, callback: () => void): void;
}

export interface CompressionCodec {
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
  ZstdDecompress?: new (options: { chunkSize: number }) => Decompressor;
}
const { zstdCompressSync, zstdDecompressSync, createZstdCompress, ZstdDecompress } = zlib as unknown as Zstd;

/** `ZSTD_e_flush` of zstd.h. */
const ZSTD_E_FLUSH = 1;
/** Bytes of output per chunk of a decompressor. */
const CHUNK = { chunkSize: 64 * 1024 };

const GZIP: CompressionCodec = {
  compress: (bytes) => zlib.gzipSync(bytes),
  decompress: (bytes, limit) => zlib.gunzipSync(bytes, { maxOutputLength: Math.max(1, limit) }),
  compressor: () => zlib.createGzip(),
  flush: zlib.constants.Z_SYNC_FLUSH,
  decompressor: () => zlib.createGunzip(CHUNK),
};

const ZSTD = zstdCodec();

function zstdCodec(): CompressionCodec | undefined {
  if (!zstdCompressSync || !zstdDecompressSync || !createZstdCompress || !ZstdDecompress) return undefined;
  /** Fails, as other decompressors do, if the stream is cut off. */
  class CheckedZstdDecompress extends ZstdDecompress {
    private readonly frames = new ZstdFrames();

    override _transform(chunk: Buffer, encoding: BufferEncoding, callback: TransformCallback): void {
      this.frames.add(chunk);
      super._transform(chunk, encoding, callback);
    }

    override _flush(callback: TransformCallback): void {
      if (this.frames.isWhole) super._flush(callback);
      else callback(cutOff());
    }
  }
  return {
    compress: (bytes) => zstdCompressSync(bytes),
    decompress: (bytes, limit) => {
      const frames = new ZstdFrames();
      frames.add(bytes);
      if (!frames.isWhole) throw cutOff();
      return zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, limit) });
    },
    compressor: () => createZstdCompress(),
    flush: ZSTD_E_FLUSH,
    decompressor: () => new CheckedZstdDecompress(CHUNK),
  };
}

/** The error of newer versions of Node.js. */
function cutOff(): Error {
  return Object.assign(new Error('unexpected end of file'), { code: 'Z_BUF_ERROR' });
}

/** A compression that this runtime does not support. */
export class CompressionMissingError extends Error {
  override name = 'CompressionMissingError';
  constructor() {
    super(`zstd needs Node.js ${ZSTD_SINCE} or newer, this is ${process.versions.node}`);
  }
}

/** @throws CompressionMissingError */
export function codecOf(compression: Compression): CompressionCodec {
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
