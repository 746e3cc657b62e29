import type { Writable } from 'node:stream';
import { ExitCode } from './process/exit-codes.js';
import { allowHeapGrowth } from './process/heap-growth.js';
import { FORCE_GRACE, Shutdown } from './process/shutdown.js';
import { run } from './run.js';

// Readers of stdout and stderr may close the pipe at any time. Code that has to react adds its own listener.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

// After an uncaught error, Node ends with 1, which is our code for a failed check.
process.once('uncaughtExceptionMonitor', () => {
  process.once('exit', (code) => {
    if (code === ExitCode.checkFailed && !finished) process.exitCode = ExitCode.internal;
  });
});
let finished = false;

allowHeapGrowth();

const shutdown = new Shutdown();
const code = await run(process.argv.slice(2), process.env, shutdown);
// After the second signal, we do not wait for a stalled reader.
await Promise.race([Promise.all([flush(process.stdout), flush(process.stderr)]), shutdown.afterForce(2 * FORCE_GRACE)]);
finished = true;
process.exit(code);

/** Waits for asynchronous writes to a pipe, which `process.exit` would lose. */
function flush(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}
