import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Ended, RunOptions } from './tsdump.js';
import { HOME } from './tsdump.js';
import type { WarmResult, WarmRun } from './warm-process.js';

const PROCESS = fileURLToPath(new URL('warm-process.js', import.meta.url));

/** Processes that wait for a run. They end with this one. */
const idle: ChildProcess[] = [];

/**
 * Runs a command line in a process that has loaded its modules, which takes a tenth of the time of `run`. It is for tests of
 * what is read, written and printed. Signals, pipes, terminals and the end of the process are tested with `run`.
 */
export async function runWarm(
  args: readonly string[],
  { input = '', env }: Pick<RunOptions, 'input' | 'env'> = {},
): Promise<Ended> {
  const child = idle.pop() ?? start();
  child.ref();
  child.channel?.ref();
  const run: WarmRun = {
    args,
    input: Buffer.from(input),
    env: { PATH: process.env.PATH, HOME, ...env },
    cwd: process.cwd(),
  };
  child.send(run);
  const done = new AbortController();
  const gone = once(child, 'exit', done).then(([code, signal]) => {
    throw new Error(`the process ended with ${signal ?? code} in: ${args.join(' ')}`);
  });
  try {
    const [{ code, stdout, stderr }] = (await Promise.race([once(child, 'message', done), gone])) as [WarmResult];
    idle.push(child);
    child.unref();
    child.channel?.unref();
    return { code, signal: null, stdout: Buffer.from(stdout), stderr };
  } finally {
    done.abort();
    gone.catch(() => {});
  }
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
