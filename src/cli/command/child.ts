import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { systemErrorText } from '../../flow/system-error.js';
import { descendants, hasTerminal, isInForeground } from '../process/terminal-group.js';

/** Signals of keys (^C, ^\), which the terminal sends to all processes of the group in the foreground. */
const OF_KEYS: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT']);

/** Exit codes of shells for a command that cannot be executed, or is not found (POSIX, Shell Command Language 2.8.2). */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** A command could not be started. */
export class SpawnError extends Error {
  override name = 'SpawnError';
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * A running command. It has our stdin, stdout and stderr. Without a terminal it leads a separate process group, so that a
 * signal reaches its children, too; at a terminal it stays in our group, because only the group in the foreground may read.
 */
export class Child {
  /** Its exit code, or 128 and the number of the signal that ended it. */
  readonly ended: Promise<number>;
  private running = true;

  private constructor(
    private readonly process: ChildProcess,
    private readonly leadsGroup: boolean,
  ) {
    this.ended = new Promise((resolve) => {
      process.once('exit', (code, signal) => {
        this.running = false;
        resolve(code ?? 128 + constants.signals[signal!]);
      });
    });
  }

  /**
   * @param descriptors that it inherits besides stdin, stdout and stderr
   * @throws SpawnError
   */
  static async start(
    [program, ...args]: readonly [string, ...string[]],
    env: NodeJS.ProcessEnv,
    descriptors: readonly number[],
  ): Promise<Child> {
    const detached = !hasTerminal();
    const stdio: StdioOptions = ['inherit', 'inherit', 'inherit'];
    for (let fd = 3; fd <= (descriptors.at(-1) ?? 0); fd++) stdio.push(descriptors.includes(fd) ? fd : 'ignore');
    const child = spawn(program, args, { stdio, env, detached });
    const started = new Child(child, detached);
    try {
      await once(child, 'spawn');
    } catch (error) {
      const failure = error as NodeJS.ErrnoException;
      if (failure.code === 'ENOENT') throw new SpawnError(NOT_FOUND, `Cannot run ${program}: command not found.`);
      throw new SpawnError(NOT_EXECUTABLE, `Cannot run ${program}: ${systemErrorText(failure)}.`);
    }
    // Failing to send a signal is not an error.
    child.on('error', () => {});
    return started;
  }

  get isRunning(): boolean {
    return this.running;
  }

  /** Passes a signal on that this process has received, unless the terminal has already sent it to the command. */
  passOn(signal: NodeJS.Signals): void {
    if (!this.leadsGroup && OF_KEYS.has(signal) && isInForeground()) return;
    this.signal(signal);
  }

  /** Sends a signal to the command and its children. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.process.pid!;
    if (this.leadsGroup) return send(-pid, signal);
    for (const each of [pid, ...descendants(pid)]) send(each, signal);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended, or belongs to another user (sudo).
  }
}
