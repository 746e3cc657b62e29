import { readdir, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { STAMP_PATTERN, splitName, timeOfStamp } from './rotated-name.js';
import { hasDirectives, strftimePattern } from './strftime.js';

interface OldFile {
  path: string;
  /** Time of completion, in milliseconds. */
  time: number;
}

/**
 * Removes the oldest completed files of an output. Only files with names that the output can produce are considered.
 * @param pattern path of the output, optionally with strftime directives
 * @param keep number of files to keep
 * @param isRemovable whether a file is complete and not in use
 * @throws Error (of `fs`) if a file cannot be removed
 */
export async function removeOldFiles(
  pattern: string,
  keep: number,
  isRemovable: (path: string) => boolean,
): Promise<void> {
  const files = (await completedFiles(pattern)).filter(({ path }) => isRemovable(path));
  files.sort((one, other) => one.time - other.time || (one.path < other.path ? -1 : 1));
  for (const { path } of files.slice(0, Math.max(0, files.length - keep))) await rm(path, { force: true });
}

async function completedFiles(pattern: string): Promise<OldFile[]> {
  const parts = pattern.split(sep);
  const name = parts.pop()!;
  const [stem, ending] = splitName(name);
  // Without directives, the file without a stamp is the one being written.
  const stamp = hasDirectives(pattern) ? `(?:${STAMP_PATTERN})?` : STAMP_PATTERN;
  // lint-regex: only numbers of a few digits are repeated, and a file name is short
  const expression = new RegExp(`^${strftimePattern(stem)}${stamp}${strftimePattern(ending)}$`);
  const found: OldFile[] = [];
  for (const folder of await folders(isAbsolute(pattern) ? sep : '.', parts)) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const match = entry.isFile() ? expression.exec(entry.name) : null;
      if (!match) continue;
      const path = join(folder, entry.name);
      // Another process may have removed the file in the meantime.
      const time = match[1] ? timeOfStamp(match[1]) : (await stat(path).catch(() => undefined))?.mtimeMs;
      if (time !== undefined) found.push({ path, time });
    }
  }
  return found;
}

/** The folders that match the directory part of the pattern. */
async function folders(root: string, parts: readonly string[]): Promise<string[]> {
  let found = [root];
  for (const part of parts) {
    if (part === '') continue;
    if (!part.includes('%')) found = found.map((folder) => join(folder, part));
    else found = (await Promise.all(found.map((folder) => matching(folder, part)))).flat();
  }
  return found;
}

async function matching(folder: string, part: string): Promise<string[]> {
  // lint-regex: as above
  const expression = new RegExp(`^${strftimePattern(part)}$`);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((one) => one.isDirectory() && expression.test(one.name)).map(({ name }) => join(folder, name));
}
