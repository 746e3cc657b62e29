import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Path of a program in `PATH` or the folders of system programs; undefined if not found. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Try the next folder.
    }
  }
  return undefined;
}

/** Path of the compiled program `dist/bench/programs/NAME.js`. */
export function ownProgram(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}.js`, import.meta.url));
}

/** Path of `bin/tsdump` in this tree. */
export function builtTsdump(): string {
  return fileURLToPath(new URL('../../../bin/tsdump', import.meta.url));
}

/** Path of the tsdump of another tree, given the tree or the program. @throws Error if it does not run */
export function otherTsdump(path: string): string {
  const program = statSync(path).isDirectory() ? join(path, 'bin/tsdump') : path;
  const { status, stderr } = spawnSync(process.execPath, [program, '--version'], { encoding: 'utf8' });
  if (status === 0) return program;
  const reason = /^\w*Error.*$/m.exec(stderr)?.[0] ?? `status ${status}`;
  throw new Error(`${program} does not run (is that tree built?): ${reason}`);
}

/** An environment in which neither the user's settings nor earlier runs affect the measurement. */
export function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(TSDUMP|MITMPROXY)_|SSLKEYLOGFILE$/.test(name));
  return { ...Object.fromEntries(entries), HOME: home };
}
