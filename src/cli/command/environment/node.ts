import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrustFiles } from './trust-files.js';

/** A module for what `NODE_USE_ENV_PROXY` leaves out, which is everything in older versions of Node.js. */
const PRELOAD = fileURLToPath(new URL('../../../../program/node-proxy.cjs', import.meta.url));

/** The value of `NODE_OPTIONS`, which extends the user's value. */
export function nodeOptions(before: string | undefined, files: TrustFiles, preload = PRELOAD): string {
  // Programs that outlive this run need the module as well, so its installed file is used: Node does not start without it. A
  // copy is used only if programs of other users could not read that file.
  const mayChangeUser = process.getuid?.() === 0 && !isReadableByAll(preload);
  const path = mayChangeUser ? files.settings('node-proxy.cjs', readFileSync(preload, 'utf8')) : preload;
  const option = `--require "${path.replace(/["\\]/g, '\\$&')}"`;
  if (before?.includes(option)) return before;
  return before ? `${before} ${option}` : option;
}

/** Whether all users may read a file, and enter the folders above it. */
function isReadableByAll(path: string): boolean {
  if ((statSync(path).mode & 0o004) === 0) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
