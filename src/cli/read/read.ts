import type { Log } from '../../flow/log.js';
import { scriptParts } from '../addons/scripts.js';
import { watchRun } from '../checks/watch-run.js';
import { compileFilters } from '../filters.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { onHangup, onSignals } from '../process/signals.js';
import { onStrayErrors } from '../process/stray-errors.js';
import { rewritingAddons } from '../proxy/rewriting.js';
import { makeRedactor } from '../redact/redaction.js';
import { prepareServerReplay } from '../replay-server/prepare.js';
import { openSession, type Session } from '../session.js';
import { checkColumns } from '../write/columns.js';
import { checkCompression } from '../write/compression.js';
import { checkOutputs } from '../write/files.js';
import { inputsOf } from './find-inputs.js';
import { readInputs } from './read-inputs.js';

/** Runs without a proxy: reads, filters, shows and writes flows (`-n`). @throws ExitError */
export async function read(resolved: ResolvedOptions, shutdown: Shutdown): Promise<ExitCode> {
  const { values: options } = resolved;
  const { rfile } = options;
  if (rfile.length === 0) {
    throw new UsageError('without a proxy (-n), an input is required: -r FILE, or -r - for stdin', 'option-requires');
  }
  const filters = await compileFilters(resolved);
  const redactor = await makeRedactor(resolved);
  const watch = await watchRun(resolved, shutdown, false);
  checkCompression(resolved);
  await checkColumns(resolved);
  const inputs = await inputsOf(options);
  const serverReplay = await prepareServerReplay(resolved, shutdown, {
    live: false,
    redactor,
    exitCode: () => shutdown.code,
  });
  checkOutputs(options, [...inputs.paths, ...(serverReplay?.paths ?? [])]);

  const session = await openSession({
    ...scriptParts(resolved),
    ...serverReplay?.parts,
    permits: serverReplay?.permits ?? [],
    rewriting: (log: Log) => rewritingAddons(resolved, log),
    options,
    filters,
    redactor,
    shutdown,
    inputs: inputs.paths,
    watch,
    live: false,
  });
  onSignals(shutdown);
  onHangup(shutdown, session.outputs);
  onStrayErrors((message, error) => {
    if (session.reportStray(error)) return;
    session.log.error(message);
    shutdown.request(ExitCode.internal);
  });
  try {
    await session.openOutputs();
    watch.start(session);
    session.replay.use(async () => (await import('../proxy/engine.js')).startReplayEngine(session));
    await readInputs(session, inputs, filters.read);
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
