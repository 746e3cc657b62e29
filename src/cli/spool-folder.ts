import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { outputPath } from './files.js';
import type { Options } from './options/index.js';

/** The folder of spool files: `spool_dir`, else that of the file which is written, as there is room for bodies there. */
export function spoolFolder({ spoolDir, saveStreamFile }: Pick<Options, 'spoolDir' | 'saveStreamFile'>): string {
  if (spoolDir) return spoolDir;
  if (!saveStreamFile || saveStreamFile === '-') return tmpdir();
  const file = outputPath(saveStreamFile);
  // Devices and pipes say nothing about where there is room.
  return statSync(file, { throwIfNoEntry: false })?.isFile() === false ? tmpdir() : dirname(file);
}
