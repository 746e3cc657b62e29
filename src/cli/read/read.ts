import type { ResolvedOptions } from '../options/resolve.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { onHangup, onSignals } from '../process/signals.js';
import { onStrayErrors } from '../process/stray-errors.js';
import { prepareRun } from '../session/prepare-run.js';
import { openSession, type Session } from '../session/session.js';
import { readInputs } from './read-inputs.js';

/** Runs without a proxy: reads, filters, shows and writes flows (`-n`). @throws ExitError */
export async function read(resolved: ResolvedOptions, shutdown: Shutdown): Promise<ExitCode> {
  if (resolved.values.rfile.length === 0) {
    throw new UsageError('without a proxy (-n), an input is required: -r FILE, or -r - for stdin', 'option-requires');
  }
  const run = await prepareRun(resolved, shutdown, { live: false, exitCode: () => shutdown.code });
  const session = await openSession(run.parts);
  onSignals(shutdown);
  onHangup(shutdown, session.outputs);
  onStrayErrors((message, error) => {
    if (session.reportStray(error)) return;
    session.log.error(message);
    shutdown.request(ExitCode.internal);
  });
  try {
    await session.openOutputs();
    run.parts.watch.start(session);
    session.replay.use(async () => (await import('../proxy/engine.js')).startReplayEngine(session, run));
    await readInputs(session, run.inputs!, run.parts.filters.read);
    await session.replay.settled(shutdown.requested);
  } finally {
    await endReplays(session);
    await session.close();
  }
  return shutdown.code;
}

/** Replays in progress at shutdown get the same grace period as exchanges of clients. */
async function endReplays({ replay, shutdown, options }: Session): Promise<void> {
  const ended = replay.stop(options.shutdownTimeout * 1000);
  void shutdown.forced.then(() => replay.stop(0));
  await ended;
}
