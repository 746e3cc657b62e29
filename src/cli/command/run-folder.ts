import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemErrorText } from '../../flow/system-error.js';
import { ExitError } from '../process/exit-error.js';

/**
 * A temporary folder for files that other programs read during this run, also as other users. It is removed at the end.
 * @throws ExitError
 */
export function makeRunFolder(): string {
  const parent = tmpdir();
  return writeTo(parent, () => {
    const folder = mkdtempSync(join(parent, 'tsdump-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    chmodSync(folder, 0o755);
    return folder;
  });
}

/** Runs a function that writes files for other programs to a folder. @throws ExitError if the system refuses that */
export function writeTo<Result>(folder: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).errno === undefined) throw error;
    throw new ExitError('start-failed', `Cannot write to ${folder}: ${systemErrorText(error)}`);
  }
}
