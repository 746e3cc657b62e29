import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { PATIENCE } from '../support/patience.js';

/** The built program. */
export const PROGRAM = fileURLToPath(new URL('../../../bin/tsdump', import.meta.url));

/**
 * The program as a command. tap puts hooks for module loading into the processes that a test starts, which cost time and
 * do not get along with a file without an ending; `env` takes them out and becomes the program.
 */
export function commandOf(node = process.execPath, program = PROGRAM): [command: string, ...args: string[]] {
  return ['env', '-u', 'NODE_OPTIONS', node, program];
}

/** One home folder for all that a test file starts: making a certificate authority takes long. */
export const HOME = mkdtempSync(join(tmpdir(), 'tsdump-test-'));
process.on('exit', () => rmSync(HOME, { recursive: true, force: true }));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

export interface RunOptions {
  /** What it reads on stdin; by default nothing. */
  input?: Buffer | string;
  env?: NodeJS.ProcessEnv;
  /** The Node that runs it; by default the one that runs the tests. */
  node?: string;
  /** Where its launcher is; by default the one of this repository. */
  program?: string;
  /** Script of a shell that runs it as `"$@"`, with limits or redirections. */
  shell?: string;
}

/** The output of a program while it runs. */
export abstract class ProgramOutput {
  abstract readonly ended: Promise<Ended>;
  protected readonly out: Buffer[] = [];
  protected log = '';
  private watchers: (() => void)[] = [];

  /** Resolves when stderr has something, rejects if the program ends before. */
  logged(pattern: RegExp): Promise<RegExpExecArray> {
    return this.has(pattern, () => this.log);
  }

  /** The same for stdout. */
  shown(pattern: RegExp): Promise<RegExpExecArray> {
    return this.has(pattern, () => String(Buffer.concat(this.out)));
  }

  /** The port that it listens at. */
  async port(): Promise<number> {
    return Number((await this.logged(/listening at \S+:(\d+)\./))[1]);
  }

  protected received(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    if (stream === 'stdout') this.out.push(chunk);
    else this.log += chunk;
    for (const check of this.watchers) check();
  }

  private has(pattern: RegExp, text: () => string): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => reject(new Error(`Waited in vain for ${pattern}: ${this.log}`)), PATIENCE);
      const check = (): void => {
        const found = pattern.exec(text());
        if (!found) return;
        clearTimeout(patience);
        resolve(found);
      };
      this.watchers.push(check);
      void this.ended.then(({ code }) => {
        clearTimeout(patience);
        reject(new Error(`Ended with ${code} before there was ${pattern}: ${this.log}`));
      }, reject);
      check();
    });
  }
}

/** The program while it runs. */
export class Tsdump extends ProgramOutput {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(t: Test, args: readonly string[], { env, node, program, shell }: RunOptions = {}) {
    super();
    const direct = commandOf(node, program);
    const [command, ...before] = shell ? ['sh', '-c', shell, 'sh', ...direct] : direct;
    this.child = spawn(command, [...before, ...args], { env: { PATH: process.env.PATH, HOME, ...env } });
    this.child.stdin!.on('error', () => {});
    this.child.stdout!.on('data', (chunk: Buffer) => this.received('stdout', chunk));
    this.child.stderr!.on('data', (chunk: Buffer) => this.received('stderr', chunk));
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) =>
        resolve({ code, signal, stdout: Buffer.concat(this.out), stderr: this.log }),
      );
    });
    t.teardown(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
    });
  }
}

/** Runs it to its end. */
export function run(t: Test, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const program = new Tsdump(t, args, options);
  program.child.stdin!.end(options.input ?? '');
  return program.ended;
}
