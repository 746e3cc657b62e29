import { zlib } from '../../runtime.js';
import type { Compressor, Decompressor } from '../decoding.js';
import { decodingWith, type StreamDecoder } from './decode-stream.js';
import { type Decoded, type DecodeOptions, decodeWhole } from './decode-whole.js';
import { gunzipStream } from './gunzip-stream.js';
import { gunzipWhole } from './gunzip-whole.js';

/** A content coding (RFC 9110 section 8.4.1). */
export interface Coding {
  /** @param cut whether the end may be missing; then the available part is decoded */
  decode(bytes: Buffer, limit: number, cut: boolean): Decoded;
  readonly decodeStream: StreamDecoder;
  encode(bytes: Buffer): Buffer;
  encoder(): Compressor;
}

/** The part of node:zlib that Node 20 does not have. */
interface Zstd {
  zstdDecompressSync?: (bytes: Buffer, options: DecodeOptions) => Buffer;
  zstdCompressSync?: (bytes: Buffer) => Buffer;
  createZstdDecompress?: () => Decompressor;
  createZstdCompress?: () => Compressor;
}
const zstd = zlib as unknown as Zstd;

/** `ZSTD_e_flush` of zstd.h. */
const ZSTD_E_FLUSH = 1;

/** A flush mode that does not require the end of the stream makes zlib return the part that it could decode. */
function options(maxOutputLength: number, cut: boolean, flush: number = zlib.constants.Z_SYNC_FLUSH): DecodeOptions {
  return cut ? { maxOutputLength, finishFlush: flush } : { maxOutputLength };
}

const gzip: Coding = {
  decode: (bytes, limit, cut) => gunzipWhole(bytes, options(limit, cut)),
  decodeStream: gunzipStream,
  encode: (bytes) => zlib.gzipSync(bytes),
  encoder: () => zlib.createGzip(),
};

/** Senders use this name for zlib and for raw deflate (RFC 9110 section 8.4.1.2); the first two bytes tell them apart. */
const deflate: Coding = {
  decode: (bytes, limit, cut) =>
    decodeWhole(isZlib(bytes) ? zlib.inflateSync : zlib.inflateRawSync, bytes, options(limit, cut)),
  decodeStream: decodingWith((first) => (isZlib(first) ? zlib.createInflate() : zlib.createInflateRaw())),
  encode: (bytes) => zlib.deflateSync(bytes),
  encoder: () => zlib.createDeflate(),
};

/** Checks the two header bytes of RFC 1950 section 2.2. */
function isZlib(bytes: Buffer): boolean {
  return (bytes[0]! & 0x0f) === 8 && (bytes.length < 2 || bytes.readUInt16BE(0) % 31 === 0);
}

const BROTLI_OPTIONS = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } };

/** The codings that the runtime has, by name. */
export const codings = new Map<string, Coding>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', deflate],
  [
    'br',
    {
      decode: (bytes, limit, cut) =>
        decodeWhole(zlib.brotliDecompressSync, bytes, options(limit, cut, zlib.constants.BROTLI_OPERATION_FLUSH)),
      decodeStream: decodingWith(() => zlib.createBrotliDecompress()),
      encode: (bytes) => zlib.brotliCompressSync(bytes, BROTLI_OPTIONS),
      encoder: () => zlib.createBrotliCompress(BROTLI_OPTIONS),
    },
  ],
]);
if (zstd.zstdDecompressSync && zstd.zstdCompressSync && zstd.createZstdDecompress && zstd.createZstdCompress) {
  const { zstdDecompressSync, zstdCompressSync, createZstdDecompress, createZstdCompress } = zstd;
  codings.set('zstd', {
    decode: (bytes, limit, cut) => decodeWhole(zstdDecompressSync, bytes, options(limit, cut, ZSTD_E_FLUSH)),
    decodeStream: decodingWith(() => createZstdDecompress()),
    encode: (bytes) => zstdCompressSync(bytes),
    encoder: () => createZstdCompress(),
  });
}
