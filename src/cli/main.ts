import type { Writable } from 'node:stream';
import { Ending, HURRY } from './process/ending.js';
import { run } from './run.js';

// The readers of our output may leave at any time; code that has to know it listens itself.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const ending = new Ending();
const code = await run(process.argv.slice(2), process.env, ending);
// A reader that takes nothing is not waited for after the second signal.
await Promise.race([Promise.all([flush(process.stdout), flush(process.stderr)]), ending.afterHurry(2 * HURRY)]);
process.exit(code);

/** Writes to a pipe are asynchronous, and what waits would be lost. */
function flush(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}
