import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { type Ended, HOME, ProgramOutput, type RunOptions } from './tsdump.js';
import type { WarmNews, WarmRun, WarmSignal } from './warm-process.js';

const PROCESS = fileURLToPath(new URL('warm-process.js', import.meta.url));

/** Processes that wait for a run. They end with this one. */
const idle: ChildProcess[] = [];

type WarmOptions = Pick<RunOptions, 'input' | 'env'>;

/**
 * A command line that runs in a process that has loaded its modules, which takes a tenth of the time. It is for tests of what
 * is read, written, answered and printed. Pipes, terminals, the launcher and the end of the process are tested with `Tsdump`.
 */
export class WarmTsdump extends ProgramOutput {
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private running = true;

  /** @param t the test at whose end it is ended; undefined if it ends by itself */
  constructor(t: Test | undefined, args: readonly string[], { input = '', env }: WarmOptions = {}) {
    super();
    const child = idle.pop() ?? start();
    this.child = child;
    child.ref();
    child.channel?.ref();
    this.ended = new Promise((resolve, reject) => {
      const onMessage = (news: WarmNews): void => {
        if ('stdout' in news) this.received('stdout', Buffer.from(news.stdout));
        else if ('stderr' in news) this.received('stderr', Buffer.from(news.stderr));
        else {
          this.running = false;
          child.off('message', onMessage).off('exit', onExit);
          child.unref();
          child.channel?.unref();
          idle.push(child);
          resolve({ code: news.code, signal: null, stdout: Buffer.concat(this.out), stderr: this.log });
        }
      };
      const onExit = (code: number | null, signal: string | null): void => {
        this.running = false;
        reject(new Error(`The process ended with ${signal ?? code} in: ${args.join(' ')}\n${this.log}`));
      };
      child.on('message', onMessage).on('exit', onExit);
    });
    const environment = { PATH: process.env.PATH, HOME, ...env };
    const run: WarmRun = { args, input: Buffer.from(input), env: environment, cwd: process.cwd() };
    child.send(run);
    t?.teardown(() => this.dispose());
  }

  /** Calls the program's handlers of a signal. */
  signal(signal: WarmSignal['signal'] = 'SIGINT'): void {
    this.child.send({ signal } satisfies WarmSignal);
  }

  /** Ends the process unless the run has ended. */
  private async dispose(): Promise<void> {
    if (!this.running) return;
    this.child.kill('SIGKILL');
    await this.ended.catch(() => {});
  }
}

/** Runs a command line to its end; see `WarmTsdump`. */
export function runWarm(args: readonly string[], options?: WarmOptions): Promise<Ended> {
  return new WarmTsdump(undefined, args, options).ended;
}

function start(): ChildProcess {
  // tap's hooks for loading modules take time.
  const env = { ...process.env };
  delete env.NODE_OPTIONS;
  return fork(PROCESS, {
    env,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
