import { spawn, spawnSync } from 'node:child_process';

/** Milliseconds after which a program is ended, by default. */
const PATIENCE = 60_000;

export interface CommandOptions {
  input?: string | Buffer;
  /** All that it has beside `PATH`. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Milliseconds after which it is ended. */
  timeout?: number;
}

export interface CommandResult {
  /** Null if it was ended by a signal, such as ours when it took too long. */
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/**
 * Runs a program to its end while this process goes on serving it. `env` takes the hooks out that tap puts into each
 * Node that a test starts.
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
 * Options of a test that needs these programs. Without them it is skipped, unless `TSDUMP_TEST_EVERYTHING` is set: then
 * it fails.
 */
export function needs(...programs: string[]): { skip: string | false } {
  const missing = programs.find((program) => !isInstalled(program));
  return orSkip(missing !== undefined && `${missing} is not installed`);
}

/** The same for any other reason why a test cannot run here; false if it can. */
export function orSkip(reason: string | false): { skip: string | false } {
  return { skip: !process.env.TSDUMP_TEST_EVERYTHING && reason };
}

export function isInstalled(program: string): boolean {
  return pathOf(program) !== undefined;
}

/** Where a program is; undefined if it is not installed. */
export function pathOf(program: string): string | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
