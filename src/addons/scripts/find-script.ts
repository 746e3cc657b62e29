import { type Stats, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { systemErrorText } from '../../flow/system-error.js';
import { ScriptError } from './script-error.js';

/** Extensions of scripts, in order of precedence. */
const ENDINGS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/** The file of a script. @param spec a file, or a folder with an `index` @throws ScriptError */
export function findScript(spec: string, base: string): string {
  const path = resolve(base, spec);
  const stats = statsOf(path, spec);
  if (!stats) {
    const other = ENDINGS.map((ending) => path + ending).find((each) => isFile(each, spec));
    const hint = other ? `; did you mean ${spec}${extname(other)}?` : '';
    throw new ScriptError([`${spec}: there is no such file or folder${hint}`]);
  }
  if (stats.isDirectory()) return indexOf(path, spec);
  if (ENDINGS.includes(extname(path))) return path;
  const reason = extname(path) === '.py' ? 'scripts of mitmproxy do not run here; ' : '';
  throw new ScriptError([
    `${spec}: ${reason}expected a script in TypeScript or JavaScript, which ends in ${list(ENDINGS)}`,
  ]);
}

function indexOf(folder: string, spec: string): string {
  const found = ENDINGS.map((ending) => join(folder, `index${ending}`)).find((file) => isFile(file, spec));
  if (found !== undefined) return found;
  throw new ScriptError([`${spec}: the folder has no index.ts or index.js`]);
}

function statsOf(path: string, spec: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new ScriptError([`${spec}: ${systemErrorText(error)}`]);
  }
}

function isFile(path: string, spec: string): boolean {
  return statsOf(path, spec)?.isFile() === true;
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
