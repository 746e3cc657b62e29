import { Readable, Writable } from 'node:stream';
import { Shutdown } from '../../src/cli/process/shutdown.js';
import { run } from '../../src/cli/run.js';

/** Signals for which a program has listeners. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGALRM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** Message to this process: a command line to run. */
export interface WarmRun {
  args: readonly string[];
  input: Buffer;
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/** A signal for the run in progress. */
export interface WarmSignal {
  signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP';
}

/** Its messages: output of the run, and its end. */
export type WarmNews = { stdout: Buffer } | { stderr: Buffer } | { code: number };

/** The process of `WarmProgram`: runs one command line after another. */
process.on('message', async (message: WarmRun | WarmSignal) => {
  if ('signal' in message) process.emit(message.signal, message.signal);
  else tell({ code: await runOnce(message) });
});

// The tests have ended.
process.on('disconnect', () => process.exit());

function tell(news: WarmNews): void {
  process.send!(news);
}

async function runOnce({ args, input, env, cwd }: WarmRun): Promise<number> {
  process.chdir(cwd);
  for (const name in process.env) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  replace('stdin', Readable.from(input.length > 0 ? [input] : []));
  replace(
    'stdout',
    forwarding((stdout) => tell({ stdout })),
  );
  replace(
    'stderr',
    forwarding((stderr) => tell({ stderr })),
  );
  const code = await run(args, process.env, new Shutdown());
  for (const event of [...SIGNALS, 'uncaughtException', 'unhandledRejection', 'exit']) {
    process.removeAllListeners(event);
  }
  return code;
}

function replace(name: 'stdin' | 'stdout' | 'stderr', stream: Readable | Writable): void {
  Object.defineProperty(process, name, { value: stream, configurable: true });
}

function forwarding(send: (chunk: Buffer) => void): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      send(chunk);
      done();
    },
  });
}
