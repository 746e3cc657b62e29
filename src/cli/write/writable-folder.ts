import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorText } from '../../flow/system-error.js';
import { ExitError } from '../process/exit-error.js';

/** Checks at the start that a file can be created that is written at the end. @throws ExitError */
export function checkFolderOf(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new ExitError('output-failed', `Cannot write ${path}: ${systemErrorText(error)}`);
  }
}
