import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { ExitCode } from '../../process/exit-codes.js';
import { ExitError } from '../../process/exit-error.js';
import { allowHeapGrowth } from '../../process/heap-growth.js';
import { Shutdown } from '../../process/shutdown.js';
import { ignoreSignals } from '../../process/signals.js';
import { WORKER_FD } from '../messages.js';
import { ParentLink } from './parent-link.js';
import { UnclaimedError, Worker } from './worker.js';

// A terminal sends signals to all processes of its group. The parent handles them and sends `stop` or `force`.
ignoreSignals(['SIGINT', 'SIGTERM', 'SIGALRM', 'SIGHUP']);
// The event `disconnect` reports the end of the parent.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

allowHeapGrowth();

const link = new ParentLink();
const { start, sockets } = await link.started;
const shutdown = new Shutdown();
const records = new Socket({ fd: WORKER_FD.records });
const lines = new Socket({ fd: WORKER_FD.lines, readable: false });
const worker = new Worker(start, sockets, link, shutdown, { records, lines, printLine });
let code: number = ExitCode.done;
try {
  await worker.run();
  link.send({ type: 'done' });
} catch (error) {
  code = ExitCode.internal;
  if (error instanceof UnclaimedError) link.send({ type: 'unclaimed', index: error.index, others: error.others });
  else if (error instanceof ExitError) {
    code = error.exitCode;
    link.send({ type: 'failed', code: error.code, messages: error.messages });
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    link.send({ type: 'failed', code: 'internal-error', messages: [`internal error: ${text}`] });
  }
}
lines.end();
// Messages sent before are still delivered.
if (process.connected) process.disconnect();
await new Promise<void>((resolve) => (lines.closed ? resolve() : lines.once('close', resolve)));
process.exit(code);

/** Prints a line on the parent's stderr. */
function printLine(message: string): void {
  try {
    writeSync(WORKER_FD.stderr, `tsdump: ${message}\n`);
  } catch {
    // The terminal is gone, too.
  }
}
