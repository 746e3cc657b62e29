import { open, stat } from 'node:fs/promises';
import { compressionOfContent, decompressBeginning } from '../compression/recognise.js';
import { RECOGNISED_BY } from '../format.js';
import { FORMATS, recogniseFormat } from '../formats.js';

/** Enough bytes to recognise compressed content, and the first line of JSON. */
const BEGINNING = 256 * 1024;

/** Whether a path is a regular file with flows, judged by its content. JSON must contain a flow. */
export async function isCapture(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isFile()) return false;
    const beginning = await plainBeginning(await readBeginning(path));
    const format = recogniseFormat(beginning.subarray(0, RECOGNISED_BY));
    return format === FORMATS.jsonl
      ? /"type"\s{0,99}:\s{0,99}"(?:http|tcp|udp|dns)"/.test(beginning.toString('latin1'))
      : format !== undefined;
  } catch {
    // An unreadable file is not treated as a capture.
    return false;
  }
}

async function readBeginning(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function plainBeginning(bytes: Buffer): Promise<Buffer> {
  const compression = compressionOfContent(bytes);
  return compression ? decompressBeginning(bytes, compression.decompressor()) : bytes;
}
