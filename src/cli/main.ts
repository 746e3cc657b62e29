import type { Writable } from 'node:stream';
import { FORCE_GRACE, Shutdown } from './process/shutdown.js';
import { run } from './run.js';

// The readers of our output may leave at any time; code that has to know it listens itself.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const shutdown = new Shutdown();
const code = await run(process.argv.slice(2), process.env, shutdown);
// A reader that takes nothing is not waited for after the second signal.
await Promise.race([Promise.all([flush(process.stdout), flush(process.stderr)]), shutdown.afterForce(2 * FORCE_GRACE)]);
process.exit(code);

/** Writes to a pipe are asynchronous, and what waits would be lost. */
function flush(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}
