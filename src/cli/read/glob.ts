import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { isSideFile } from '../../serialize/native/journal/live-path.js';

/** Maximum number of values in a range such as `{1..9999}`. */
const WIDEST_RANGE = 10_000;

/** Whether text has the syntax of a pattern. A file may have such a name, too. */
export function isGlob(text: string): boolean {
  return picomatch.scan(text, { nonegate: true }).isGlob === true;
}

/** Whether a name is a pattern: it looks like one, and no file has this name. */
export function isPattern(name: string): boolean {
  return name !== '-' && statSync(name, { throwIfNoEntry: false }) === undefined && isGlob(name);
}

/**
 * The files that match a pattern, sorted by name. Supports `*`, `?`, `[a-z]`, `{a,b}`, `{1..3}` and `**` as in a shell. A
 * leading dot in a name must be matched explicitly. Side files of a recording are omitted unless the pattern names them.
 * @throws Error (of `fs`) if a folder cannot be read
 */
export function expandGlob(pattern: string): string[] {
  const { prefix, base, glob } = picomatch.scan(pattern, { nonegate: true });
  const matches = picomatch(glob, { nonegate: true, posix: true, expandRange });
  const walk: Walk = {
    depth: glob.includes('**') ? Number.POSITIVE_INFINITY : glob.split('/').length,
    hidden: /(^|[/{,(|])\./.test(glob),
    found: [],
    takes: (path) => matches(path) && (isSideFile(glob) || !isSideFile(path)),
  };
  visit(walk, prefix + base || '.', '', 1);
  return walk.found.sort(byName).map((path) => prefix + (base === '' ? path : join(base, path)));
}

interface Walk {
  /** Levels of folders that can contain a match. */
  readonly depth: number;
  readonly hidden: boolean;
  /** Relative to the start of the walk. */
  readonly found: string[];
  takes(path: string): boolean;
}

function visit(walk: Walk, folder: string, below: string, level: number): void {
  for (const entry of entriesOf(folder)) {
    if (entry.name.startsWith('.') && !walk.hidden) continue;
    const path = join(folder, entry.name);
    const relative = below + entry.name;
    const kind = kindOf(entry, path);
    if (kind === 'file' && walk.takes(relative)) walk.found.push(relative);
    // With unlimited depth, a link to a parent folder would be an endless loop.
    const follow = kind === 'folder' && (!entry.isSymbolicLink() || walk.depth !== Number.POSITIVE_INFINITY);
    if (follow && level < walk.depth) visit(walk, path, `${relative}/`, level + 1);
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function kindOf(entry: Dirent, path: string): 'file' | 'folder' | undefined {
  const facts = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
  if (facts?.isFile()) return 'file';
  return facts?.isDirectory() ? 'folder' : undefined;
}

function byName(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** `{08..11}` as a regular expression. Leading zeros are kept. */
function expandRange(first: string, last: string): string {
  const [from, to] = [Number(first), Number(last)];
  if (!/^\d+$/.test(first) || !/^\d+$/.test(last) || Math.abs(to - from) >= WIDEST_RANGE) {
    return /^[a-z]$/i.test(first) && /^[a-z]$/i.test(last) && first <= last
      ? `[${first}-${last}]`
      : `{${first}..${last}}`;
  }
  const width = /^0\d/.test(first) || /^0\d/.test(last) ? Math.max(first.length, last.length) : 0;
  const numbers = Array.from({ length: Math.abs(to - from) + 1 }, (_, at) => Math.min(from, to) + at);
  return `(${numbers.map((number) => String(number).padStart(width, '0')).join('|')})`;
}
