import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorText } from '../../flow/system-error.js';
import type { Options } from '../options/table/index.js';
import { ExitError, UsageError } from '../process/exit-error.js';

/** The inputs in order, and the problems of unreadable ones. */
export interface Inputs {
  /** Files, and `-` for stdin. */
  readonly paths: readonly string[];
  /** A message for each unreadable input. */
  readonly problems: readonly string[];
  /** With `follow`: the names of the inputs, which may be patterns or files that do not exist yet. Otherwise undefined. */
  readonly followed?: readonly string[];
}

/** The inputs of the command line, to be followed with `follow`. @throws ExitError if they cannot be read */
export async function inputsOf(options: Pick<Options, 'rfile' | 'strict' | 'follow' | 'sort'>): Promise<Inputs> {
  const { rfile, strict, follow, sort } = options;
  if (!follow) return findInputs(rfile, strict);
  if (sort)
    throw new UsageError('--follow never has all flows, so they cannot be sorted; leave out --sort', 'option-conflict');
  const { isPattern } = await import('./glob.js');
  const paths = rfile.filter((name) => !isPattern(name));
  // The others may be created later.
  const existing = paths.filter((path) => path === '-' || existsSync(path));
  if (existing.length > 0) await findInputs(existing, true);
  return { paths, problems: [], followed: rfile };
}

/**
 * The inputs of `rfile`, or of another option: files, `-`, and patterns (a name that exists is not treated as a pattern).
 * @param flag for messages
 * @throws ExitError if no input can be read, or with `strict` if one cannot
 */
export async function findInputs(rfile: readonly string[], strict: boolean, flag = '-r'): Promise<Inputs> {
  if (rfile.filter((name) => name === '-').length > 1)
    throw new UsageError(`${flag} - may be given only once, because stdin can be read only once`, 'option-repeated');
  const paths: string[] = [];
  const problems: string[] = [];
  const failed = (name: string, error: unknown): void => {
    problems.push(`Cannot read ${pathIn(error) ?? name}: ${systemErrorText(error)}`);
  };
  for (const name of rfile) {
    const files = await filesOf(name).catch((error: unknown) => failed(name, error));
    for (const path of files ?? []) {
      try {
        checkReadable(path);
        paths.push(path);
      } catch (error) {
        failed(path, error);
      }
    }
  }
  const hopeless = problems.length > 0 && (strict || paths.length === 0);
  if (hopeless) throw new ExitError('input-unreadable', ...problems);
  return { paths, problems };
}

async function filesOf(name: string): Promise<readonly string[]> {
  if (name === '-' || statSync(name, { throwIfNoEntry: false })) return [name];
  const { expandGlob, isGlob } = await import('./glob.js');
  if (!isGlob(name)) return [name];
  const paths = expandGlob(name);
  if (paths.length === 0) throw new Error('no file matches this pattern');
  return paths;
}

function checkReadable(path: string): void {
  if (path === '-') return;
  accessSync(path, constants.R_OK);
  if (statSync(path).isDirectory())
    throw new Error(`it is a folder; use a pattern to read its files: '${join(path, '*')}'`);
}

/** The path in a system error. */
function pathIn(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}
