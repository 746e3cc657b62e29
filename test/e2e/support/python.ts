import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { command, needs, orSkip } from './command.js';

/** The system's Python if there is one, because only it has the packages of the distribution. */
export const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** Options of a test that needs Python with these modules. */
export function needsPython(...modules: string[]): { skip: string | false } {
  const { skip } = needs(PYTHON);
  if (skip || modules.length === 0) return { skip };
  const there = spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' }).status === 0;
  return orSkip(!there && `Python has no module ${modules.join(', ')}`);
}

/**
 * Runs a script that prints JSON.
 * @param args `sys.argv[1:]`
 * @throws Error with its traceback if it fails
 */
export async function python(script: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<unknown> {
  const { code, stdout, stderr } = await command(PYTHON, ['-c', script, ...args], { env });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(String(stdout));
}
