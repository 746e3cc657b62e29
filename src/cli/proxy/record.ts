import type { ConnectionPermit, LoadedAuthority } from '../../engine/index.js';
import { type Address, formatAddress } from '../../flow/connection.js';
import { plural } from '../../flow/text/plural.js';
import type { Command } from '../command/command.js';
import type { CommandTraffic } from '../command/command-traffic.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { onHangup, onSignals } from '../process/signals.js';
import { onStrayErrors } from '../process/stray-errors.js';
import { type PreparedRun, prepareRun } from '../session/prepare-run.js';
import { openSession, type Session } from '../session/session.js';
import type { WorkerParts } from '../session/session-parts.js';
import { openRecording } from '../write/live-file.js';
import { accessAddons } from './access.js';
import { certificateFile, certificateForms, openAuthority, reportAuthority } from './authority.js';
import { type EngineParts, type RunningEngine, startEngine } from './engine.js';
import { compileHostRules } from './host-rules.js';

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
  /** Set in a worker. Its parent handles signals and all tasks of the whole run. */
  readonly worker?: WorkerParts;
  /** The authority, if another process has loaded it. */
  readonly authority?: LoadedAuthority;
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
  const worker = share?.worker;
  const listens = task?.listens ?? true;
  if (listens && options.mode.length === 0)
    throw new UsageError('no --mode is set; use -n to run without a proxy', 'option-requires');
  const access = await accessAddons(resolved);
  const hostRules = await compileHostRules(resolved);
  const exitCode = (): number => command?.exitCode(shutdown.code) ?? shutdown.code;
  const prepared = await prepareRun(resolved, shutdown, { live: true, taskInputs: task?.inputs, exitCode });
  const announceReady = worker ? undefined : await readyAnnouncer(options);

  const authority = listens ? (share?.authority ?? (await openAuthority(options))) : undefined;
  const moreRoots = await rootsFor(command, options);
  const traffic = await trafficOf(command, options, share);
  const session = await openSession({
    ...prepared.parts,
    addons: {
      ...prepared.parts.addons,
      access: [...traffic, ...access],
      certificate: authority && certificateForms(authority),
    },
    progress: task !== undefined,
    stdoutTaken: command !== undefined,
    worker,
  });
  if (authority) reportAuthority(session.log, authority, command !== undefined);
  if (!worker) {
    onSignals(shutdown, (signal) => command?.passOn(signal) === true);
    onHangup(shutdown, session.outputs);
  }
  // The engine catches the errors of a connection. An error that escapes must not end all other connections.
  onStrayErrors((message, error) => {
    if (!session.reportStray(error)) session.log.error(message);
  });
  try {
    const run: Run = { session, prepared, task, authority, command, announceReady, share };
    const permits = [...(task?.permits ?? []), ...prepared.permits];
    await serve(run, { authority, hostRules, moreRoots, permits, deferredServers: prepared.deferredServers });
    if (command?.wasStarted)
      for (const warning of traffic.flatMap(({ warnings }) => warnings)) session.log.warn(warning);
  } finally {
    await session.close();
  }
  return exitCode();
}

/** The function that announces that the proxy is ready, if an option or the service manager asks for it. @throws UsageError */
async function readyAnnouncer(options: Options): Promise<AnnounceReady | undefined> {
  const { portFile, pidFile, readyFd } = options;
  if (!portFile && !pidFile && readyFd === undefined && !process.env.NOTIFY_SOCKET) return undefined;
  const { announceReady, checkReadyOptions } = await import('../command/ready.js');
  checkReadyOptions(options);
  return announceReady;
}

type AnnounceReady = typeof import('../command/ready.js')['announceReady'];

/** Observes what a command sends. With several processes nothing does, because others serve its connections. */
async function trafficOf(
  command: Command | undefined,
  options: Options,
  share: RunShare | undefined,
): Promise<CommandTraffic[]> {
  if (!command || share) return [];
  const { CommandTraffic } = await import('../command/command-traffic.js');
  const { ignoreHosts, allowHosts } = options;
  return [new CommandTraffic(ignoreHosts.length + allowHosts.length > 0)];
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
  prepared: PreparedRun;
  task: RecordTask | undefined;
  /** Undefined if no clients are served. */
  authority: LoadedAuthority | undefined;
  command: Command | undefined;
  announceReady: AnnounceReady | undefined;
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
  const { session, prepared, task, command } = run;
  const { inputs } = prepared;
  const { shutdown, options } = session;
  await openRecording(session);
  // A signal arrived while we waited for the reader of a named pipe.
  if (shutdown.isRequested) return engine.stop(0);
  const onStopping = await startServing(run, engine);
  if (inputs) {
    const { readInputs } = await import('../read/read-inputs.js');
    await readInputs(session, inputs, prepared.parts.filters.read);
    if (!options.keepserving && !command) shutdown.request();
  }
  const running = task?.run(session, engine).then(() => {
    if (!options.keepserving) shutdown.request();
  });
  if (running) await Promise.race([running, shutdown.requested]);
  session.dropLinesWhenSlow();
  if (!shutdown.isRequested) await startCommand(run, engine);
  await shutdown.requested;
  onStopping?.();
  await stopServing(run, engine);
  await running;
}

/** Lets clients in, and announces that. @returns a function to call when the proxy is about to stop */
async function startServing(run: Run, engine: RunningEngine): Promise<(() => void) | undefined> {
  const { session, prepared, authority } = run;
  const { hooks, options, log, shutdown } = session;
  // Clients are served only now, because earlier traffic could not be recorded.
  engine.serve();
  logListeners(session, engine);
  prepared.parts.watch.start(session);
  // A hook that never settles must not prevent shutdown.
  await Promise.race([hooks.emit('running', undefined), shutdown.requested]);
  if (shutdown.isRequested) return undefined;
  session.watchScripts();
  const ca = async (): Promise<string | undefined> => authority && certificateFile(authority);
  return run.announceReady?.(options, { addresses: addressesOf(engine), ca, log });
}

async function startCommand({ session, command, authority }: Run, engine: RunningEngine): Promise<void> {
  if (!command || !authority) return;
  const { options, log } = session;
  const { makeRunFolder } = await import('../command/run-folder.js');
  const folder = makeRunFolder();
  await command.start({ options, addresses: addressesOf(engine), certificate: authority.certificate, folder, log });
}

/** Stops the command and the engine, after the exchanges in progress or `shutdown_timeout`. */
async function stopServing({ session, command }: Run, engine: RunningEngine): Promise<void> {
  const { shutdown, options, log } = session;
  void shutdown.forced.then(() => engine.abort());
  // After an output has failed, the proxy must not forward further traffic.
  const graceNow = (): number => (shutdown.code === ExitCode.output ? 0 : options.shutdownTimeout);
  const stopped = graceNow() === 0 ? engine.stop(0) : undefined;
  await command?.stop(options.shutdownTimeout);
  await stopped;
  const grace = graceNow();
  await engine.stop(grace * 1000, (count) => {
    if (grace === 0) return;
    log.info(
      `Waiting up to ${grace} s for ${plural(count, 'exchange')}; ^C again ends ${count === 1 ? 'it' : 'them'}.`,
    );
  });
}

function addressesOf({ listening }: RunningEngine): Address[] {
  return listening.map(({ address }) => address);
}

function logListeners({ log }: Session, { listening }: RunningEngine): void {
  for (const { description, address, remarks } of listening) {
    const [host, port] = address;
    const where = host === '' ? `*:${port}` : formatAddress(address);
    log.info(`${description} listening at ${where}.`);
    for (const remark of remarks) log.info(`${description} at ${where} ${remark}.`);
  }
}
