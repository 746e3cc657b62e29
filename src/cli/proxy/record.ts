import type { ConnectionPermit, LoadedAuthority } from '../../engine/index.js';
import { formatAddress } from '../../flow/connection.js';
import type { Log } from '../../flow/log.js';
import { plural } from '../../flow/text/plural.js';
import { scriptParts } from '../addons/scripts.js';
import { type RunWatch, watchRun } from '../checks/watch-run.js';
import type { Command } from '../command/command.js';
import { compileFilters, type Filters } from '../filters.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { onHangup, onSignals } from '../process/signals.js';
import { onStrayErrors } from '../process/stray-errors.js';
import { type Inputs, inputsOf } from '../read/find-inputs.js';
import { makeRedactor } from '../redact/redaction.js';
import { prepareServerReplay } from '../replay-server/prepare.js';
import { openSession, type Session, type SessionParts } from '../session.js';
import { checkColumns } from '../write/columns.js';
import { checkCompression } from '../write/compression.js';
import { checkJournals, checkOutputs } from '../write/files.js';
import { openRecording } from '../write/live-file.js';
import { accessAddons } from './access.js';
import { certificateFile, certificateForms, openAuthority, reportAuthority } from './authority.js';
import { type EngineParts, type RunningEngine, startEngine } from './engine.js';
import { compileHostRules } from './host-rules.js';
import { rewritingAddons } from './rewriting.js';

/** Work for the engine that no client requests. The program ends with it, unless `keepserving` is set. */
export interface RecordTask {
  /** Whether clients are served as well. */
  readonly listens: boolean;
  /** Files that it reads, which therefore must not be written. */
  readonly inputs: readonly string[];
  /** Decide which connections may be opened. */
  readonly permits: readonly ConnectionPermit[];
  /** Resolves when it is done, or when it has stopped because shutdown is requested and its requests have ended. */
  run(session: Session, engine: RunningEngine): Promise<void>;
}

/** The settings of a process that runs only a part of the proxy. */
export interface RunShare {
  /** Whether it is a worker. Its parent handles signals and all tasks of the whole run. */
  readonly isWorker: boolean;
  /** The authority, if another process has loaded it. */
  readonly authority?: LoadedAuthority;
  /** Parts of its session. */
  readonly parts: Partial<SessionParts>;
  startEngine(session: Session, parts: EngineParts): Promise<RunningEngine>;
}

/** The purposes of a run besides serving clients. */
export interface RecordPurpose {
  task?: RecordTask;
  /** A command that runs under the proxy. */
  command?: Command;
  /** Undefined if this process is the whole proxy. */
  share?: RunShare;
}

/**
 * Runs the proxy until shutdown is requested, the command or the task ends, or the flows of `rfile` have been read.
 * @returns the exit code
 * @throws ExitError
 */
export async function record(
  resolved: ResolvedOptions,
  shutdown: Shutdown,
  { task, command, share }: RecordPurpose = {},
): Promise<number> {
  const { values: options } = resolved;
  const { rfile } = options;
  const listens = task?.listens ?? true;
  if (listens && options.mode.length === 0)
    throw new UsageError('no --mode is set; use -n to run without a proxy', 'option-requires');
  const filters = await compileFilters(resolved);
  const redactor = await makeRedactor(resolved);
  const watch = await watchRun(resolved, shutdown, true);
  const access = await accessAddons(resolved);
  const hostRules = await compileHostRules(resolved);
  checkCompression(resolved);
  await checkColumns(resolved);
  if (options.follow && rfile.length === 0)
    throw new UsageError('--follow needs a file to read: -r FILE', 'option-requires');
  const inputs = rfile.length > 0 ? await inputsOf(options) : undefined;
  const serverReplay = await prepareServerReplay(resolved, shutdown, {
    live: true,
    redactor,
    exitCode: () => command?.exitCode(shutdown.code) ?? shutdown.code,
  });
  const paths = [...(task?.inputs ?? inputs?.paths ?? []), ...(serverReplay?.paths ?? [])];
  checkOutputs(options, paths);
  checkJournals(options, paths);

  const announces =
    !share?.isWorker &&
    (options.portFile || options.pidFile || options.readyFd !== undefined || process.env.NOTIFY_SOCKET);
  const ready = announces ? await import('../command/ready.js') : undefined;
  ready?.checkReadyOptions(options);

  const authority = listens ? (share?.authority ?? (await openAuthority(options))) : undefined;
  const moreRoots = await rootsFor(command, options);
  const certificate = authority && certificateForms(authority);
  const scripts = scriptParts(resolved);
  const session = await openSession({
    ...scripts,
    ...serverReplay?.parts,
    rewriting: (log: Log) => rewritingAddons(resolved, log),
    options,
    filters,
    redactor,
    shutdown,
    inputs: paths,
    ...(certificate ? { certificate } : {}),
    access,
    watch,
    permits: [...(task?.permits ?? []), ...(serverReplay?.permits ?? [])],
    progress: task !== undefined,
    live: true,
    stdoutTaken: command !== undefined,
    ...share?.parts,
  });
  if (authority) reportAuthority(session.log, authority, command !== undefined);
  if (!share?.isWorker) {
    onSignals(shutdown, (signal) => command?.passOn(signal) === true);
    onHangup(shutdown, session.outputs);
  }
  // The engine catches the errors of a connection. An error that escapes must not end all other connections.
  onStrayErrors((message, error) => {
    if (!session.reportStray(error)) session.log.error(message);
  });
  try {
    const run: Run = { session, filters, inputs, task, watch, authority, command, ready, share };
    await serve(run, { authority, hostRules, moreRoots });
  } finally {
    await session.close();
  }
  return command?.exitCode(shutdown.code) ?? shutdown.code;
}

/** More roots for servers: if the proxies of the environment are used, the roots that its programs trust. */
async function rootsFor(command: Command | undefined, options: Options): Promise<(() => string[]) | undefined> {
  if (!command && !options.upstreamFromEnv) return undefined;
  const { userRoots } = await import('../command/environment/environment.js');
  return () => userRoots(process.env);
}

/** The parts of a run. */
interface Run {
  session: Session;
  filters: Filters;
  /** Captures to read. */
  inputs: Inputs | undefined;
  task: RecordTask | undefined;
  watch: RunWatch;
  /** Undefined if no clients are served. */
  authority: LoadedAuthority | undefined;
  command: Command | undefined;
  /** The module that announces that the proxy is ready; undefined if it is not needed. */
  ready: typeof import('../command/ready.js') | undefined;
  share: RunShare | undefined;
}

async function serve(run: Run, parts: EngineParts): Promise<void> {
  const engine = await (run.share ?? { startEngine }).startEngine(run.session, parts);
  run.session.replay.use(async () => engine);
  try {
    await serveClients(run, engine);
  } catch (error) {
    // All flows must have ended before the outputs are closed.
    await Promise.all([engine.stop(0), run.command?.stop(run.session.options.shutdownTimeout)]);
    throw error;
  }
}

async function serveClients(run: Run, engine: RunningEngine): Promise<void> {
  const { session, inputs, task, command, authority } = run;
  const { shutdown, hooks, options, log } = session;
  await openRecording(session);
  // A signal arrived while we waited for the reader of a named pipe.
  if (shutdown.isRequested) return engine.stop(0);
  // Clients are served only now, because earlier traffic could not be recorded.
  engine.serve();
  logListeners(session, engine);
  run.watch.start(session);
  await hooks.emit('running', undefined);
  session.watchScripts();
  const addresses = engine.listening.map(({ address }) => address);
  const ca = async (): Promise<string | undefined> => authority && certificateFile(authority);
  const onStopping = await run.ready?.announceReady(options, { addresses, ca, log });

  if (inputs) {
    const { readInputs } = await import('../read/read-inputs.js');
    await readInputs(session, inputs, run.filters.read);
    if (!options.keepserving && !command) shutdown.request();
  }
  const running = task?.run(session, engine).then(() => {
    if (!options.keepserving) shutdown.request();
  });
  if (running) await Promise.race([running, shutdown.requested]);
  session.holdNothingUp();
  if (command && authority && !shutdown.isRequested) {
    const { makeRunFolder } = await import('../command/run-folder.js');
    const folder = makeRunFolder();
    await command.start({ options, addresses, certificate: authority.certificate, folder, log });
  }
  await shutdown.requested;
  onStopping?.();
  void shutdown.forced.then(() => engine.abort());
  // After an output has failed, the proxy must not forward further traffic.
  const graceNow = (): number => (shutdown.code === ExitCode.output ? 0 : options.shutdownTimeout);
  const stopped = graceNow() === 0 ? engine.stop(0) : undefined;
  await command?.stop(options.shutdownTimeout);
  await stopped;
  const grace = graceNow();
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
