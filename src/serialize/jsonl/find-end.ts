import type { WholeEnd } from '../format.js';
import type { FileInput } from '../input/input-file.js';
import { NEWLINE } from '../json/text/nesting.js';

const BLOCK = 256 * 1024;
/** A longer line without a line feed behind it is taken for torn. */
const LINE_LIMIT = 64 * 1024 * 1024;
const BEGINNING = Buffer.from('{"type":');

/** Finds the end of the last whole line of a file. */
export async function findLinesEnd(file: FileInput): Promise<WholeEnd | undefined> {
  const end = await lastLineStart(file);
  const rest = file.size - end;
  if (rest === 0) return { offset: file.size };
  // What people make often has no line feed at the end.
  if (rest <= LINE_LIMIT && isJson(await file.readRange(end, rest))) {
    return { offset: file.size, separator: Buffer.of(NEWLINE) };
  }
  // A file of which not even the first line was finished is ours if it begins like ours.
  const isOurs = end > 0 || (await file.readRange(0, BEGINNING.length)).equals(BEGINNING);
  return isOurs ? { offset: end } : undefined;
}

/** Where what stands behind the last line feed begins. */
async function lastLineStart(file: FileInput): Promise<number> {
  for (let end = file.size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const at = (await file.readRange(start, end - start)).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
