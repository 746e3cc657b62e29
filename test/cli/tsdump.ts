import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

/** The built program. */
export const PROGRAM = fileURLToPath(new URL('../../../bin/tsdump', import.meta.url));

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
}

/** The program while it runs, with a home folder of its own. */
export class Tsdump {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  private readonly out: Buffer[] = [];
  private log = '';
  private watchers: (() => void)[] = [];

  constructor(t: Test, args: readonly string[], { env }: RunOptions = {}) {
    const home = mkdtempSync(join(tmpdir(), 'tsdump-test-'));
    const environment = { PATH: process.env.PATH, HOME: home, ...env };
    this.child = spawn(process.execPath, [PROGRAM, ...args], { env: environment });
    this.child.stdin!.on('error', () => {});
    this.child.stdout!.on('data', (chunk: Buffer) => this.out.push(chunk));
    this.child.stderr!.on('data', (chunk: Buffer) => {
      this.log += chunk;
      for (const check of this.watchers) check();
    });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) =>
        resolve({ code, signal, stdout: Buffer.concat(this.out), stderr: this.log }),
      );
    });
    t.teardown(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
      rmSync(home, { recursive: true });
    });
  }

  /** Resolves when the log has something, rejects if the program ends before. */
  logged(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = pattern.exec(this.log);
        if (found) resolve(found);
      };
      this.watchers.push(check);
      this.ended.then(({ code }) => reject(new Error(`Ended with ${code} before it logged ${pattern}: ${this.log}`)));
      check();
    });
  }

  /** The port that it listens at. */
  async port(): Promise<number> {
    return Number((await this.logged(/listening at \S+:(\d+)\./))[1]);
  }
}

/** Runs it to its end. */
export function run(t: Test, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const program = new Tsdump(t, args, options);
  program.child.stdin!.end(options.input ?? '');
  return program.ended;
}
