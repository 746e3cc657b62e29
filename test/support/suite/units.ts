import { readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

/** Test files that run in one process, one at a time. */
export interface Unit {
  name: string;
  /** Paths relative to the folder of all tests, in order. */
  files: string[];
}

/** Tests that start programs, send signals and take long: each file has its own process. */
const ALONE = ['e2e'];

/**
 * Test files by the folders they are in, two levels deep.
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
  const units = new Map<string, Unit>();
  for (const file of files) {
    const parts = file.split(sep);
    const name = ALONE.includes(parts[0]!) ? file : parts.slice(0, -1).slice(0, 2).join('/') || '.';
    const unit = units.get(name) ?? { name, files: [] };
    unit.files.push(file);
    units.set(name, unit);
  }
  // The last to end should be short: those alone take long, as do those of many files.
  const size = ({ name, files }: Unit): number => (name === files[0] ? Number.POSITIVE_INFINITY : files.length);
  return [...units.values()].sort((a, b) => (size(a) === size(b) ? 0 : size(b) - size(a)));
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
