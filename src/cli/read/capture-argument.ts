import { statSync } from 'node:fs';
import type { Options } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';

/**
 * Refuses a filter argument that is the path of a capture: `tsdump rec.bin`, `tsdump -nr *.bin`.
 * @param words the arguments other than flags
 * @throws UsageError
 */
export async function refuseCaptures(words: readonly string[], { rfile }: Pick<Options, 'rfile'>): Promise<void> {
  for (const [at, word] of words.entries()) {
    if (!isFile(word)) continue;
    const [{ isCapture }, { OPERATORS }] = await Promise.all([
      import('../../serialize/input/is-capture.js'),
      import('../../filters/index.js'),
    ]);
    // `~u rec.bin` is a filter.
    const before = words[at - 1] ?? '';
    if (/[!&|(]$/.test(before) || OPERATORS.get(before.slice(1))?.argument) continue;
    if (!(await isCapture(word))) continue;
    const name = shellQuoted(word);
    const meant = rfile.length > 0 ? `-r ${name}, too` : `-nr ${name}`;
    throw new UsageError(`${word} is a capture; did you mean ${meant}? To use it as a filter, write ~u ${name}.`);
  }
}

/** An expression may be no valid path, as it is too long for a name. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Quotes a word for a POSIX shell. */
export function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
