import type { AppendPosition } from '../format.js';
import type { FileInput } from '../input/input-file.js';
import { NEWLINE } from '../json/text/nesting.js';

const BLOCK = 256 * 1024;
/** A longer last line without a line feed is treated as truncated. */
const LINE_LIMIT = 64 * 1024 * 1024;
const BEGINNING = Buffer.from('{"type":');

/** Finds the end of the last complete line of a file. */
export async function findLinesEnd(file: FileInput): Promise<AppendPosition | undefined> {
  const end = await lastLineStart(file);
  const rest = file.size - end;
  if (rest === 0) return { offset: file.size };
  // Hand-written files often lack the final line feed.
  if (rest <= LINE_LIMIT && isJson(await file.readRange(end, rest))) {
    return { offset: file.size, separator: Buffer.of(NEWLINE) };
  }
  // Even if its first line is truncated, a file was written by tsdump if it begins this way.
  const isOurs = end > 0 || (await file.readRange(0, BEGINNING.length)).equals(BEGINNING);
  return isOurs ? { offset: end } : undefined;
}

/** The offset after the last line feed. */
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
