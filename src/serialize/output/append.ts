import { appendFile, stat, truncate } from 'node:fs/promises';
import { plural } from '../../flow/text/plural.js';
import { type Compression, codecOf, compressionOfPath } from '../compression/codec.js';
import { compressionOfContent, decompressBeginning } from '../compression/recognise.js';
import { type AppendPosition, type FormatDefinition, type OutputFormat, RECOGNISED_BY } from '../format.js';
import { FORMATS, recogniseFormat } from '../formats.js';
import { FileInput } from '../input/input-file.js';
import { recognise } from '../input/recognise.js';

/** Enough bytes of a compressed file to recognise its content. */
const COMPRESSED_BEGINNING = 256 * 1024;

/**
 * Prepares a file for appending flows by removing a torn end. Rejects a file in another format, which was probably named by
 * mistake. A missing file and a device need no preparation. A compressed file gets a new stream.
 * @param format of the flows to be written
 * @param onCut receives a message about the removed bytes
 * @param knownSize size at which the file is known to be complete
 * @throws Error with the reason why the file cannot be appended to
 */
export async function prepareAppend(
  path: string,
  format: OutputFormat,
  onCut: (message: string) => void,
  knownSize = 0,
): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile() || facts.size === 0 || facts.size === knownSize) return;
  const file = await FileInput.open(path);
  let end: AppendPosition;
  try {
    end = await findEnd(file, format, onCut);
  } finally {
    await file.close();
  }
  const { offset, separator } = end;
  if (offset < file.size) {
    await truncate(path, offset);
    onCut(
      `${path}: the end was incomplete; ${plural(file.size - offset, `byte at offset ${offset} was`, `bytes at offset ${offset} were`)} removed before appending.`,
    );
  }
  if (separator) await appendFile(path, separator);
}

async function findEnd(
  file: FileInput,
  format: OutputFormat,
  onCut: (message: string) => void,
): Promise<AppendPosition> {
  const compression = compressionOfPath(file.name);
  await file.fill(compression ? COMPRESSED_BEGINNING : RECOGNISED_BY);
  const beginning = (compression ? await decompress(file, compression) : file.buffer).subarray(0, RECOGNISED_BY);
  const found = recogniseFormat(beginning);
  // A compressed recording without flows has empty content.
  const isTorn = beginning.length === 0 || (format === FORMATS.native && isTornMagic(beginning));
  // Files of formats that are only written cannot be recognised.
  const isOther = found ? found !== format : !isTorn && isCapture(format);
  if (isOther) {
    const what = found?.title ?? recognise(beginning);
    throw new Error(`it is ${what ?? 'not a flow file'}, so nothing can be appended to it as ${format.title}`);
  }
  if (!format.findEnd) throw new Error(`nothing can be appended to ${format.title}`);
  if (compression) return endOfCompressed(file, format, compression, onCut);
  const end = await format.findEnd(file);
  if (!end) throw new Error('it has no readable flow, so nothing is appended to it');
  return end;
}

/**
 * Repairs a torn compressed stream. If that fails, readers skip to the next stream; for text, an incomplete line is ended
 * first.
 */
async function endOfCompressed(
  file: FileInput,
  format: OutputFormat,
  compression: Compression,
  onCut: (message: string) => void,
): Promise<AppendPosition> {
  const offset = file.size;
  if (!isCapture(format)) return { offset };
  const { repairEnd } = await import('../compression/repair-end.js');
  const replaced = await repairEnd(file, compression, format);
  if (replaced)
    onCut(
      `${file.name}: the end was incomplete; the complete flows in the last ${plural(replaced, 'byte')} were compressed again before appending.`,
    );
  if (replaced !== undefined || !format.text) return { offset };
  return { offset, separator: codecOf(compression).compress(Buffer.from('\n')) };
}

/** The beginning of a compressed file. @throws Error if it has another compression or none */
async function decompress(file: FileInput, compression: Compression): Promise<Buffer> {
  const codec = codecOf(compression);
  if (compressionOfContent(file.buffer)?.name !== compression) {
    throw new Error(`it is not compressed with ${compression}, so nothing is appended to it`);
  }
  return decompressBeginning(file.buffer.subarray(0, COMPRESSED_BEGINNING), codec.decompressor());
}

/** Whether the file is a prefix of the magic number, from an interrupted first write. */
function isTornMagic(beginning: Buffer): boolean {
  return beginning.length < 4 && Buffer.from('TSF1').subarray(0, beginning.length).equals(beginning);
}

function isCapture(format: OutputFormat): format is FormatDefinition {
  return 'recognises' in format;
}
