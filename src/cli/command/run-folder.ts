import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder for files that other programs read during this run, also as other users. It is removed at the end. */
export function makeRunFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsdump-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  return folder;
}
