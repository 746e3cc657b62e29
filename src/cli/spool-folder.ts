import { accessSync, constants, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { UsageError } from './exit-error.js';
import { outputPath } from './files.js';
import type { Options } from './options/index.js';
import { systemErrorText } from './system-error.js';

/**
 * The folder of spool files: `spool_dir`, else that of the file which is written, as there is room for bodies there.
 * @throws UsageError if `spool_dir` takes no files
 */
export function spoolFolder({ spoolDir, saveStreamFile }: Pick<Options, 'spoolDir' | 'saveStreamFile'>): string {
  if (spoolDir) return checked(spoolDir);
  if (!saveStreamFile || saveStreamFile === '-') return tmpdir();
  const file = outputPath(saveStreamFile);
  // Devices and pipes say nothing about where there is room.
  return statSync(file, { throwIfNoEntry: false })?.isFile() === false ? tmpdir() : dirname(file);
}

function checked(folder: string): string {
  try {
    accessSync(folder, constants.W_OK);
    if (!statSync(folder).isDirectory()) throw new Error('it is no folder');
    return folder;
  } catch (error) {
    throw new UsageError(`spool_dir ${folder}: ${systemErrorText(error as NodeJS.ErrnoException)}`);
  }
}
