import { open, stat } from 'node:fs/promises';
import { FORMATS, type FormatDefinition, RECOGNISED_BY, type WholeEnd } from './formats.js';
import { FileInput } from './input-file.js';
import { recognise } from './recognise.js';

/**
 * Makes a file ready for flows to be appended: what is torn at its end is cut off. What is no flow file, or one of
 * another format, is not to be spoilt by a slip of the fingers. A file that is not there is ready, and so is a device.
 * @param format in which flows will be written
 * @param onCut told what was cut off
 * @param knownSize a file of this size is known to be ready
 * @throws Error that says why nothing can be appended
 */
export async function prepareAppend(
  path: string,
  format: FormatDefinition,
  onCut: (message: string) => void,
  knownSize = 0,
): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile() || facts.size === 0 || facts.size === knownSize) return;
  const file = await FileInput.open(path);
  let end: WholeEnd;
  try {
    end = await findEnd(file, format);
  } finally {
    await file.close();
  }
  const { offset, separator } = end;
  if (offset < file.size) {
    await cut(path, offset);
    onCut(`${path}: the end was torn; ${file.size - offset} bytes at offset ${offset} were cut off before appending.`);
  }
  if (separator) await add(path, separator);
}

async function findEnd(file: FileInput, format: FormatDefinition): Promise<WholeEnd> {
  await file.fill(RECOGNISED_BY);
  const beginning = file.buffer.subarray(0, RECOGNISED_BY);
  const found = Object.values<FormatDefinition>(FORMATS).find((one) => one.recognises(beginning));
  const isOther = found ? found !== format : format !== FORMATS.native || !isTornMagic(beginning);
  if (isOther) {
    const what = found?.title ?? recognise(beginning);
    throw new Error(`it is ${what ?? 'no flow file'}, so nothing can be appended to it as ${format.title}`);
  }
  if (!format.findEnd) throw new Error(`nothing can be appended to ${format.title}`);
  const end = await format.findEnd(file);
  if (!end) throw new Error('it has no flow that can be read, so nothing is appended to it');
  return end;
}

/** The first bytes of a flow file whose writing broke off at once. */
function isTornMagic(beginning: Buffer): boolean {
  return beginning.length < 4 && Buffer.from('TSF1').subarray(0, beginning.length).equals(beginning);
}

async function cut(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(offset);
  } finally {
    await file.close();
  }
}

async function add(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'a');
  try {
    await file.appendFile(bytes);
  } finally {
    await file.close();
  }
}
