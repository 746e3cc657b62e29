import { readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

/** Test files that run in one process, one at a time. */
export interface Unit {
  name: string;
  /** Paths relative to the folder of all tests, in order. */
  files: string[];
}

/** Maximum number of files of a unit: starting a process and loading its modules takes as long as several short files. */
const MAX_FILES = 24;

/** Tests that start programs, which take longest. Their units are smaller, because the last unit to end should be short. */
const LONG = 'e2e';
const MAX_LONG_FILES = 8;

/**
 * Test files by the top folders they are in; those of large folders in several units.
 * @param folder of the compiled tests
 * @param root of the repository: the tests are in `test`, and compiled in `dist/test`
 * @param paths files and folders to which they are limited, also as paths of sources; none for all
 * @throws Error that names a path without tests
 */
export function findUnits(folder: string, root: string, paths: readonly string[]): Unit[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js'))
    .sort();
  const wanted = paths.map((path) => {
    const name = compiledName(resolve(path), folder, root);
    const found = name === undefined ? [] : all.filter((file) => isBelow(file, name));
    if (found.length === 0) throw new Error(`There are no tests in ${path}.`);
    return found;
  });
  const files = paths.length === 0 ? all : [...new Set(wanted.flat())].sort();
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const name = file.includes(sep) ? file.split(sep, 1)[0]! : '.';
    const found = folders.get(name) ?? [];
    folders.set(name, found);
    found.push(file);
  }
  const units = [...folders].flatMap(([name, all]) => split(name, all));
  // The name of a part begins with that of its folder.
  const size = ({ name, files }: Unit): number => files.length + (name.split(',')[0] === LONG ? MAX_FILES : 0);
  return units.sort((a, b) => size(b) - size(a));
}

/** Units of about the same number of files. */
function split(name: string, files: string[]): Unit[] {
  const count = Math.ceil(files.length / (name === LONG ? MAX_LONG_FILES : MAX_FILES));
  return Array.from({ length: count }, (_, at) => ({
    name: count === 1 ? name : `${name}, ${at + 1} of ${count}`,
    files: files.slice(Math.ceil((at * files.length) / count), Math.ceil(((at + 1) * files.length) / count)),
  }));
}

/** @returns the path from the folder of compiled tests; empty for the folder itself, undefined if it is elsewhere */
function compiledName(path: string, folder: string, root: string): string | undefined {
  for (const base of [folder, join(root, 'test')]) {
    const name = relative(base, path);
    if (name.split(sep)[0] !== '..') return name.replace(/\.ts$/, '.js');
  }
  return undefined;
}

function isBelow(file: string, name: string): boolean {
  return name === '' || file === name || file.startsWith(name + sep);
}
