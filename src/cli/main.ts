import type { Writable } from 'node:stream';
import { run } from './run.js';

// Whoever reads us may leave at any time; those who have to know it listen themselves.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const code = await run(process.argv.slice(2), process.env);
await Promise.all([flush(process.stdout), flush(process.stderr)]);
process.exit(code);

/** Writes to a pipe are asynchronous, and what waits would be lost. */
function flush(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}
