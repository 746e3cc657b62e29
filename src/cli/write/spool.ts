import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Log } from '../../flow/log.js';
import { systemErrorText } from '../../flow/system-error.js';
import type { Redactor } from '../../redact/index.js';
import { hasDirectives } from '../../serialize/output/rotation/strftime.js';
import type { Options } from '../options/table/index.js';
import { UnusableOption } from '../options/unusable-option.js';
import { withCode } from '../process/error-codes.js';
import { ExitCode } from '../process/exit-codes.js';
import type { Shutdown } from '../process/shutdown.js';
import { currentPath, outputPath } from './output-format.js';
import { isSpecialFile } from './special-file.js';

/**
 * The policy for bodies that are too large for memory. A body that cannot be stored ends the program.
 * @param redactor with redaction, spool files are encrypted
 */
export function makeSpool(options: Options, log: Log, shutdown: Shutdown, redactor: Redactor | undefined): SpoolPolicy {
  const dir = spoolFolder(options);
  const spool = new SpoolPolicy({
    dir,
    onFailure: (error) => {
      log.error(withCode(`Cannot store a body in ${dir} (spool_dir): ${systemErrorText(error)}`, 'output-failed'));
      shutdown.request(ExitCode.output);
    },
    memoryPerBody: options.bodyMemory,
    memoryTotal: options.memoryTotal,
    encrypted: redactor !== undefined,
  });
  redactor?.spoolTo(spool);
  return spool;
}

/**
 * The folder of spool files: `spool_dir`, or else the folder of the first output file, whose disk needs space for bodies
 * anyway, or else the system's temporary folder.
 * @throws UnusableOption if files cannot be created in `spool_dir`
 */
export function spoolFolder({ spoolDir, saveStreamFile }: Pick<Options, 'spoolDir' | 'saveStreamFile'>): string {
  if (spoolDir) return checked(spoolDir);
  for (const spec of saveStreamFile) {
    const folder = folderOf(spec);
    if (folder !== undefined) return folder;
  }
  return tmpdir();
}

/** The folder of an output; undefined for devices and pipes, as the space on their disk is unrelated. */
function folderOf(spec: string): string | undefined {
  if (spec === '-') return undefined;
  if (hasDirectives(outputPath(spec))) return lastingFolder(outputPath(spec));
  const file = currentPath(spec);
  return isSpecialFile(file) ? undefined : dirname(file);
}

/** The innermost existing folder of a path before its first strftime directive. */
function lastingFolder(pattern: string): string {
  let folder = dirname(pattern.slice(0, pattern.indexOf('%') + 1));
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function checked(folder: string): string {
  try {
    accessSync(folder, constants.W_OK);
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    return folder;
  } catch (error) {
    throw new UnusableOption('spool_dir', `${folder}: ${systemErrorText(error)}`);
  }
}
