import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** A folder that is removed after the test. */
export function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'tsdump-test-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function write(path: string, content: string | Buffer): string {
  writeFileSync(path, content);
  return path;
}
