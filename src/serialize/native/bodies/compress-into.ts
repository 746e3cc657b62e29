import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import type { ByteLog } from '../../../flow/body/byte-log.js';
import type { CompressionCodec } from '../../compression/codec.js';

/** Number of bytes after which the ratio is checked. */
const SAMPLE = 1024 * 1024;

/**
 * Compresses bytes piece by piece into a log. Stops if they do not become smaller.
 * @returns the CRC-32 of the bytes; undefined if it has stopped
 * @throws Error if the bytes cannot be read, or the log cannot be written
 */
export async function compressInto(
  log: ByteLog,
  chunks: AsyncIterable<Buffer>,
  codec: CompressionCodec,
): Promise<number | undefined> {
  let crc = 0;
  let size = 0;
  let helps = true;
  const read = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      yield chunk;
      helps = size < SAMPLE || isWorthwhile(log.size, size);
      if (!helps) return;
    }
  };
  await pipeline(read, codec.compressor(), async (compressed: AsyncIterable<Buffer>) => {
    for await (const chunk of compressed) if (!log.append(chunk)) await log.drained();
  });
  return helps && isWorthwhile(log.size, size) ? crc : undefined;
}

/** Whether the saving is worth the time of decompressing. */
export function isWorthwhile(compressed: number, size: number): boolean {
  return compressed <= size - size / 8;
}
