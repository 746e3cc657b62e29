import { spawn, spawnSync } from 'node:child_process';
import { PATIENCE } from '../../support/patience.js';

export interface CommandOptions {
  input?: string | Buffer;
  /** Its environment, except `PATH`. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Time limit in milliseconds; by default `PATIENCE`. */
  timeout?: number;
}

export interface CommandResult {
  /** Null if a signal ended it, such as ours at the time limit. */
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/**
 * Runs a program to its end without blocking this process, which may serve it. `env` excludes the hooks that tap adds to each
 * Node process of a test.
 */
export function command(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn('env', ['-u', 'NODE_OPTIONS', program, ...args], {
    env: { PATH: process.env.PATH, ...options.env },
    cwd: options.cwd,
    timeout: options.timeout ?? PATIENCE,
    killSignal: 'SIGKILL',
  });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(stdout), stderr }));
  });
}

/**
 * Options of a test that needs these programs. If one is missing, the test is skipped; it fails if `TSDUMP_TEST_EVERYTHING` is
 * set.
 */
export function needs(...programs: string[]): { skip: string | false } {
  const missing = programs.find((program) => !isInstalled(program));
  return orSkip(missing !== undefined && `${missing} is not installed`);
}

/** Options of a test with another reason why it cannot run here; false if it can. */
export function orSkip(reason: string | false): { skip: string | false } {
  return { skip: !process.env.TSDUMP_TEST_EVERYTHING && reason };
}

export function isInstalled(program: string): boolean {
  return pathOf(program) !== undefined;
}

/** Path of a program; undefined if it is not installed. */
export function pathOf(program: string): string | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
