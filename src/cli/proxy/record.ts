import type { ConnectionPermit } from '../../engine/index.js';
import { formatAddress } from '../../flow/connection.js';
import type { Log } from '../../flow/log.js';
import { plural } from '../../flow/text/plural.js';
import { scriptParts } from '../addons/scripts.js';
import { type RunWatch, watchRun } from '../checks/watch-run.js';
import { compileFilters, type Filters } from '../filters.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import { onHangup } from '../process/hangup.js';
import type { Shutdown } from '../process/shutdown.js';
import { onSignals } from '../process/signals.js';
import { onStrayErrors } from '../process/stray-errors.js';
import { type Inputs, inputsOf } from '../read/inputs.js';
import { prepareServerReplay } from '../replay-server/prepare.js';
import { openSession, type Session } from '../session.js';
import { checkColumns } from '../write/columns.js';
import { checkCompression } from '../write/compression.js';
import { checkJournals, checkOutputs } from '../write/files.js';
import { openRecording } from '../write/live-file.js';
import { accessAddons } from './access.js';
import { certificateForms, openAuthority, reportAuthority } from './authority.js';
import { type EngineParts, type RunningEngine, startEngine } from './engine.js';
import { compileHostRules } from './host-rules.js';
import { rewritingAddons } from './rewriting.js';

/** Work for the engine that no client requests. The program ends with it, unless `keepserving` is set. */
export interface RecordTask {
  /** Whether clients are served as well. */
  readonly listens: boolean;
  /** Files that it reads, which therefore must not be written. */
  readonly inputs: readonly string[];
  /** Which connections may be opened. */
  readonly permits: readonly ConnectionPermit[];
  /** Resolves when it is done, or when it has stopped because shutdown is requested and its requests have ended. */
  run(session: Session, engine: RunningEngine): Promise<void>;
}

/**
 * Runs the proxy until shutdown is requested, the flows of `rfile` have been read, or a task is done.
 * @throws ExitError
 */
export async function record(resolved: ResolvedOptions, shutdown: Shutdown, task?: RecordTask): Promise<ExitCode> {
  const { values: options } = resolved;
  const { rfile } = options;
  const listens = task?.listens ?? true;
  if (listens && options.mode.length === 0) throw new UsageError('no --mode is set; use -n to run without a proxy');
  const filters = await compileFilters(resolved);
  const watch = await watchRun(resolved, shutdown, true);
  const access = await accessAddons(resolved);
  const hostRules = await compileHostRules(resolved);
  checkCompression(resolved);
  await checkColumns(resolved);
  if (options.follow && rfile.length === 0) throw new UsageError('--follow needs a file to read: -r FILE');
  const inputs = rfile.length > 0 ? await inputsOf(options) : undefined;
  const serverReplay = await prepareServerReplay(resolved, shutdown, true);
  const paths = [...(task?.inputs ?? inputs?.paths ?? []), ...(serverReplay?.paths ?? [])];
  checkOutputs(options, paths);
  checkJournals(options, paths);

  const authority = listens ? await openAuthority(options) : undefined;
  const certificate = authority && certificateForms(authority);
  const scripts = scriptParts(resolved);
  const session = await openSession({
    ...scripts,
    ...serverReplay?.parts,
    rewriting: (log: Log) => rewritingAddons(resolved, log),
    options,
    filters,
    shutdown,
    inputs: paths,
    ...(certificate ? { certificate } : {}),
    access,
    watch,
    permits: [...(task?.permits ?? []), ...(serverReplay?.permits ?? [])],
    progress: task !== undefined,
    live: true,
  });
  if (authority) reportAuthority(session.log, authority);
  onSignals(shutdown);
  onHangup(shutdown, session.outputs);
  // The engine catches the errors of a connection. One that escapes it must not end all other connections.
  onStrayErrors((message, error) => {
    if (!session.reportStray(error)) session.log.error(message);
  });
  try {
    await serve(session, { authority, hostRules }, { filters, inputs, task, watch });
  } finally {
    await session.close();
  }
  return shutdown.code;
}

/** What else is done. */
interface Work {
  filters: Filters;
  /** Captures to read. */
  inputs: Inputs | undefined;
  task: RecordTask | undefined;
  watch: RunWatch;
}

async function serve(session: Session, parts: EngineParts, work: Work): Promise<void> {
  const engine = await startEngine(session, parts);
  session.replay.use(async () => engine);
  try {
    await serveClients(session, engine, work);
  } catch (error) {
    // All flows must have ended before the outputs are closed.
    await engine.stop(0);
    throw error;
  }
}

async function serveClients(session: Session, engine: RunningEngine, work: Work): Promise<void> {
  const { filters, inputs, task, watch } = work;
  const { shutdown, hooks, options } = session;
  await openRecording(session);
  // A signal arrived while we waited for the reader of a named pipe.
  if (shutdown.isRequested) return engine.stop(0);
  // Clients are served only now, because earlier traffic could not be recorded.
  engine.serve();
  logListeners(session, engine);
  watch.start(session);
  await hooks.emit('running', undefined);
  session.watchScripts();

  if (inputs) {
    const { readInputs } = await import('../read/input.js');
    await readInputs(session, inputs, filters.read);
    if (!options.keepserving) shutdown.request();
  }
  const running = task?.run(session, engine).then(() => {
    if (!options.keepserving) shutdown.request();
  });
  if (running) await Promise.race([running, shutdown.requested]);
  session.holdNothingUp();
  await shutdown.requested;
  void shutdown.forced.then(() => engine.abort());
  // After an output has failed, the proxy must not forward anything.
  const grace = shutdown.code === ExitCode.output ? 0 : options.shutdownTimeout;
  await engine.stop(grace * 1000, (count) => {
    if (grace === 0) return;
    session.log.info(
      `Waiting up to ${grace} s for ${plural(count, 'exchange')}; ^C again ends ${count === 1 ? 'it' : 'them'}.`,
    );
  });
  await running;
}

function logListeners({ log }: Session, { listening }: RunningEngine): void {
  for (const { description, address, remarks } of listening) {
    const [host, port] = address;
    const where = host === '' ? `*:${port}` : formatAddress(address);
    log.info(`${description} listening at ${where}.`);
    for (const remark of remarks) log.info(`${description} at ${where} ${remark}.`);
  }
}
