import { Readable, Writable } from 'node:stream';
import { Shutdown } from '../../src/cli/process/shutdown.js';
import { run } from '../../src/cli/run.js';

/** Message to this process: a command line to run. */
export interface WarmRun {
  args: readonly string[];
  input: Buffer;
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/** Its message at the end of a run. */
export interface WarmResult {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/** The process of `runWarm`: runs one command line after another. */
process.on('message', async (message: WarmRun) => {
  process.send!(await runOnce(message));
});

// The tests have ended.
process.on('disconnect', () => process.exit());

async function runOnce({ args, input, env, cwd }: WarmRun): Promise<WarmResult> {
  process.chdir(cwd);
  for (const name in process.env) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  const stdout = new Collector();
  const stderr = new Collector();
  replace('stdin', Readable.from(input.length > 0 ? [input] : []));
  replace('stdout', stdout);
  replace('stderr', stderr);
  const code = await run(args, process.env, new Shutdown());
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'uncaughtException', 'unhandledRejection', 'exit']) {
    process.removeAllListeners(event);
  }
  return { code, stdout: stdout.bytes, stderr: String(stderr.bytes) };
}

function replace(name: 'stdin' | 'stdout' | 'stderr', stream: Readable | Writable): void {
  Object.defineProperty(process, name, { value: stream, configurable: true });
}

/** A stream that keeps all that is written to it. */
class Collector extends Writable {
  private readonly chunks: Buffer[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(Buffer.from(chunk));
    done();
  }
}
