import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

/**
 * Finds the file for the end of a URL below a folder: the file itself, `index.html` in a folder of that name, or either of them
 * with unusual characters replaced by `_`. Files outside the folder are not found through `..`, an absolute path or a symbolic
 * link.
 * @param root a folder, absolute and without symbolic links, or a file, which is found for each URL
 * @param suffix percent-encoded, as latin1
 * @returns undefined if no such file exists
 */
export function findFile(root: string, suffix: string): string | undefined {
  if (isFile(root)) return root;
  return candidates(withoutSlashes(decode(suffix)))
    .filter(isInside)
    .map((path) => resolve(root, path))
    .find((path) => path !== undefined);
}

/** The path without slashes at its ends. */
function withoutSlashes(path: string): string {
  let start = 0;
  let end = path.length;
  while (path[start] === '/') start++;
  while (end > start && path[end - 1] === '/') end--;
  return path.slice(start, end);
}

function candidates(path: string): string[] {
  if (path === '') return ['index.html'];
  const plain = path.replace(/[^0-9a-zA-Z\-_.=(),/]/gu, '_');
  const names = plain === path ? [path] : [path, plain];
  return names.flatMap((name) => [name, `${name}/index.html`]);
}

function isInside(path: string): boolean {
  return !path.includes('\0') && !path.split(/[/\\]/).includes('..');
}

/** @returns the file without symbolic links; undefined if it is missing or not below the root */
function resolve(root: string, path: string): string | undefined {
  try {
    const found = realpathSync(join(root, path));
    const folder = root.endsWith(sep) ? root : root + sep;
    return found.startsWith(folder) && isFile(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Undoes percent-encoding; invalid UTF-8 becomes U+FFFD, and a lone percent sign is kept. */
function decode(text: string): string {
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
