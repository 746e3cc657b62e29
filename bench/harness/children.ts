import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

export interface ChildOptions {
  /** Name in errors; default: the command. */
  name?: string;
  /** Seconds after which the child is ended and the call fails; default 600. */
  timeout?: number;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Standard streams; default: stdin and stdout ignored, stderr kept. */
  stdio?: SpawnOptions['stdio'];
  /** For a shell with a pipeline: a separate process group, which is ended as a whole. */
  group?: boolean;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const STDERR_KEPT = 4096;

/** A running program. */
export class Child {
  readonly exited: Promise<Exit>;
  /** The last few kilobytes of its standard error. */
  stderr = '';
  private ended = false;

  constructor(
    readonly name: string,
    readonly process: ChildProcess,
    private readonly group: boolean,
  ) {
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_KEPT);
    });
    this.exited = new Promise((resolve, reject) => {
      process.once('error', reject);
      process.once('close', (code, signal) => {
        this.ended = true;
        resolve({ code, signal });
      });
    });
    // Callers that await it get the error; others need not handle it.
    this.exited.catch(() => {
      this.ended = true;
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.ended || !this.process.pid) return;
    try {
      process.kill(this.group ? -this.process.pid : this.process.pid, signal);
    } catch {
      // It has just ended.
    }
  }

  /** Waits for a line of standard error. @throws Error if the program ends or takes longer than `seconds` */
  waitFor(line: RegExp, seconds = 20): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const match = line.exec(this.stderr);
        if (match) finish(() => resolve(match));
      };
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.process.stderr?.off('data', check);
        settle();
      };
      const fail = (why: string) => finish(() => reject(new Error(`${this.name} ${why}${quoted(this.stderr)}`)));
      const timer = setTimeout(() => fail(`did not become ready in ${seconds} s`), seconds * 1000);
      this.process.stderr?.on('data', check);
      this.exited.then(
        () => fail('ended before it was ready'),
        (error: Error) => finish(() => reject(error)),
      );
      check();
    });
  }

  /** Ends it by a signal, and kills it if it is still running after `seconds`. */
  async stop(signal: NodeJS.Signals = 'SIGINT', seconds = 60): Promise<Exit> {
    const timer = setTimeout(() => this.kill('SIGKILL'), seconds * 1000);
    this.kill(signal);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Starts programs, tracks which are running, and ends exactly those. */
export class Children {
  private readonly living = new Set<Child>();

  start(command: string, args: readonly string[], options: ChildOptions = {}): Child {
    const { name = command, stdio = ['ignore', 'ignore', 'pipe'], env, cwd, group = false } = options;
    const child = new Child(name, spawn(command, args, { stdio, env, cwd, detached: group }), group);
    this.living.add(child);
    const forget = () => this.living.delete(child);
    child.exited.then(forget, forget);
    return child;
  }

  /**
   * Runs a program to its end.
   * @returns its duration in milliseconds
   * @throws Error if it fails or takes too long
   */
  async run(command: string, args: readonly string[], options: ChildOptions = {}): Promise<number> {
    const { timeout = 600 } = options;
    const start = performance.now();
    const child = this.start(command, args, options);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeout * 1000);
    try {
      const { code, signal } = await child.exited;
      const took = performance.now() - start;
      if (late) throw new Error(`${child.name} ${args.join(' ')} took more than ${timeout} s`);
      if (code !== 0)
        throw new Error(`${child.name} ${args.join(' ')} ended with ${signal ?? code}${quoted(child.stderr)}`);
      return took;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Kills all running programs. Works in an `exit` listener. */
  endAll(): void {
    for (const child of this.living) child.kill('SIGKILL');
  }
}

function quoted(stderr: string): string {
  const text = stderr.trim();
  return text ? `:\n    ${text.split('\n').slice(-10).join('\n    ')}` : '';
}
