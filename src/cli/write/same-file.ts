import { fstatSync, lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { livePath, unsavedPath, workerJournal } from '../../serialize/native/journal/live-path.js';
import { UsageError } from '../process/exit-error.js';

/** Maximum number of consecutive links that the system follows. A longer chain is treated as a loop. */
const MAX_LINKS = 40;

/**
 * Refuses an output that is the input, also under another name: it would be truncated before it is read, or grow without end.
 * @param input `PATH` or `-`
 * @param output `PATH` or `-`
 * @throws UsageError
 */
export function refuseSameFile(input: string, output: string): void {
  const from = stats(input, 0);
  const to = stats(output, 1);
  const isSame = from?.isFile() && to?.isFile() && isSameInode(from, to);
  // A followed input need not exist yet.
  if (isSame || (input !== '-' && output !== '-' && !from && !to && createdPath(input) === createdPath(output))) {
    throw new UsageError(`input and output are the same file: ${input === '-' ? output : input}`, 'same-file');
  }
}

/**
 * Whether two outputs are the same file: by path, link, inode, or as stdout. Files that do not exist yet are compared by the
 * path that would be created. Several outputs may write to one device.
 * @param one `PATH` or `-`
 * @param other `PATH` or `-`
 */
export function isSameOutput(one: string, other: string): boolean {
  if (one === '-' && other === '-') return true;
  const [first, second] = [stats(one, 1), stats(other, 1)];
  if (first && second) return isSameInode(first, second) && !first.isCharacterDevice();
  return one !== '-' && other !== '-' && !first && !second && createdPath(one) === createdPath(other);
}

/** Whether an output is a side file of another one, such as its journal `FILE.live`. */
export function isJournalOf(output: string, capture: string): boolean {
  if (output === '-' || capture === '-') return false;
  if (isSameOutput(output, livePath(capture))) return true;
  const number = /\.(\d\d?)\.(?:live|unsaved)$/.exec(output)?.[1];
  if (number === undefined) return false;
  const sides = [workerJournal(capture, Number(number)), unsavedPath(capture, Number(number))];
  return sides.some((side) => isSameOutput(output, side));
}

/** The path of the file that would be created by opening a path. Links are followed, including dangling ones. */
function createdPath(path: string, links = MAX_LINKS): string {
  try {
    return realpathSync.native(path);
  } catch {
    const target = links > 0 && linkTarget(path);
    // Not `resolve`, which would remove `link/..`.
    const folder = dirname(path);
    if (target) return createdPath(isAbsolute(target) ? target : `${folder}/${target}`, links - 1);
    return folder === path ? path : join(createdPath(folder, links), basename(path));
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}

function isSameInode(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function stats(path: string, standard: number): Stats | undefined {
  try {
    return path === '-' ? fstatSync(standard) : statSync(path);
  } catch {
    // A missing file cannot be an input. For an unreachable one, opening it reports the error.
    return undefined;
  }
}
