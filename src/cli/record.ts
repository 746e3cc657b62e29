import { parseModeSpec } from '../engine/mode-spec.js';
import { formatAddress } from '../flow/connection.js';
import type { Log } from '../flow/log.js';
import { Ending } from './ending.js';
import { type RunningEngine, startEngine } from './engine.js';
import { ExitCode } from './exit-codes.js';
import { UsageError } from './exit-error.js';
import { checkInput, openOutput, refuseSameFile } from './files.js';
import { compileFilters } from './filters.js';
import { LateSink } from './late-sink.js';
import type { ResolvedOptions } from './options/resolve.js';
import { openSession, type Session } from './session.js';
import { onSignals } from './signals.js';

/** Runs the proxy until it is told to end, or the flows of `rfile` have been read. @throws ExitError */
export async function record(resolved: ResolvedOptions): Promise<ExitCode> {
  const { values: options } = resolved;
  const { rfile, saveStreamFile } = options;
  if (options.mode.length === 0) throw new UsageError('there is no --mode to listen in; -n runs without a proxy');
  const filters = await compileFilters(resolved);
  if (rfile && saveStreamFile) refuseSameFile(rfile, saveStreamFile);
  if (rfile) checkInput(rfile);

  const ending = new Ending();
  const sink = saveStreamFile ? new LateSink(saveStreamFile, openOutput) : undefined;
  const session = await openSession({ options, filters, ending, sink, live: true });
  const engine = await startEngine(session);
  try {
    await sink?.open();
  } catch (error) {
    await engine.stop(0);
    throw error;
  }
  catchStrayErrors(session.log);
  onSignals(
    () => ending.ask(),
    () => engine.abort(),
  );
  logListeners(session, engine);
  await session.hooks.emit('running', undefined);

  if (rfile) {
    const { readInput } = await import('./input.js');
    await readInput(session, rfile, filters.read);
    if (!options.keepserving) ending.ask();
  }
  await ending.asked;
  // Without its output the proxy must not let anything pass.
  await engine.stop(ending.code === ExitCode.output ? 0 : options.shutdownTimeout * 1000);
  await session.close();
  return ending.code;
}

/** The engine catches what goes wrong in a connection. What escapes it must not end all others. */
function catchStrayErrors(log: Log): void {
  const report = (error: unknown): void => {
    log.error(`Unexpected error: ${error instanceof Error ? error.stack : String(error)}`);
  };
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}

function logListeners({ options, log }: Session, { listening }: RunningEngine): void {
  for (const [at, [host, port]] of listening.entries()) {
    const { description } = parseModeSpec(options.mode[at]!);
    log.info(`${description} listening at ${host === '' ? `*:${port}` : formatAddress([host, port])}.`);
  }
}
