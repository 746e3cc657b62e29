import { LiveFlows } from '../addons/live-flows.js';
import type { CertificateForms } from '../addons/onboarding.js';
import { Save } from '../addons/save.js';
import type { ConnectionPermit, StandIn } from '../engine/index.js';
import { SpoolPolicy } from '../flow/body/spool-policy.js';
import { Dispatcher, type DispatcherOptions } from '../flow/hooks/dispatcher.js';
import type { Addon } from '../flow/hooks/hooks.js';
import type { Log } from '../flow/log.js';
import type { Definitions } from '../protobuf/definitions/definitions.js';
import type { Redactor } from '../redact/index.js';
import { StatusLine } from '../terminal/status-line.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import { TerminalLog } from '../terminal/terminal-log.js';
import { makeAddons } from './addons/addons.js';
import { FlowReplay } from './addons/flow-replay.js';
import { loadScripts } from './addons/scripts.js';
import { Reports } from './checks/reports.js';
import type { RunWatch } from './checks/watch-run.js';
import { readDefinitions } from './definitions.js';
import type { Filters } from './filters.js';
import type { UnclaimedSetting } from './options/setting.js';
import type { Options } from './options/table/index.js';
import { withCode } from './process/error-codes.js';
import { ExitCode } from './process/exit-codes.js';
import type { Shutdown } from './process/shutdown.js';
import { systemErrorText } from './process/system-error.js';
import { headRedaction, redactedAddons, redactedLog } from './redact/redaction.js';
import { SessionEnd } from './session-end.js';
import type { Relay, RelayParts, Streams } from './workers/relay.js';
import { liveFlows } from './write/live-file.js';
import type { Output } from './write/output.js';
import { formatHints } from './write/output-format.js';
import { type OutputParts, Outputs, writesFlowsTo } from './write/outputs.js';
import { spoolFolder } from './write/spool-folder.js';

/** Common part of reading and recording. */
export interface Session {
  readonly options: Options;
  readonly shutdown: Shutdown;
  readonly log: Log;
  /** The status line below the log, if stderr is a terminal and progress is shown. */
  readonly status: StatusLine | undefined;
  readonly hooks: Dispatcher;
  /** The terminal for flows and results: stdout, or stderr if stdout carries flows or belongs to a command. */
  readonly display: Terminal;
  readonly spool: SpoolPolicy;
  /** Redacts lines that are shown besides the outputs; undefined without redaction. */
  readonly redactor: Redactor | undefined;
  /** Definitions of messages of Protobuf. */
  readonly definitions: Definitions | undefined;
  /** Implements `flow.replay`; replays wait until the engine is set. */
  readonly replay: FlowReplay;
  /** Decide together which connections to servers may be opened. */
  readonly permits: readonly ConnectionPermit[];
  /** The addons that answer in place of servers, if any. */
  readonly standIn: StandIn | undefined;
  /** The outputs of `save_stream_file`, not open yet. */
  readonly captures: readonly Output[];
  /** The outputs of `save_stream_file` and `hardump`. */
  readonly outputs: readonly Output[];
  /** The results that `report` writes; a feature adds its own. */
  readonly reports: Reports;
  /** The addons that save, show, count and check flows, without redaction. */
  readonly observers: readonly Addon[];
  /** The stream of the log. */
  readonly stderr: Terminal;
  /** Reports the failure of a hook. */
  readonly reportFailure: DispatcherOptions['onError'];
  /** Opens and truncates the outputs; returns early on shutdown. @throws ExitError */
  openOutputs(): Promise<void>;
  /** From now on, lines are dropped if the readers of stdout and stderr are too slow. */
  holdNothingUp(): void;
  /** Undefined while the reader of the log keeps up; else a promise that resolves when it has caught up. */
  logDrained(): Promise<void> | undefined;
  /** From now on, scripts are reloaded when they change. */
  watchScripts(): void;
  /** Reports an uncaught error. @returns false if it does not come from a script */
  reportStray(error: unknown): boolean;
  /** Warns once that a body exceeds `body_search_limit`. */
  onSearchLimit(): void;
  /**
   * Ends the addons and closes the outputs. Call this when all flows have ended. When it resolves, the system has accepted all
   * output.
   */
  close(): Promise<void>;
}

export interface SessionParts extends OutputParts {
  filters: Filters;
  /** Whether stdout belongs to a command: then readable output goes to stderr. */
  stdoutTaken?: boolean;
  /** The CA certificate that clients can download from the proxy. */
  certificate?: CertificateForms;
  /** See `AddonParts`. */
  access?: readonly Addon[];
  /** Settings that only options of scripts can claim. */
  unclaimed?: readonly UnclaimedSetting[];
  /** The base folder of script paths; by default the current one. */
  scriptBase?: string;
  /** Whether a terminal shows a line with the progress. */
  progress?: boolean;
  /** See `Session.permits`. */
  permits?: readonly ConnectionPermit[];
  /** See `Session.standIn`. */
  standIn?: StandIn;
  /** Creates the addons that answer requests; called once. @throws ExitError */
  answering?: (parts: AnsweringParts) => Promise<readonly Addon[]>;
  /** Called at the end, after the checks. It may still log, add to the report and change the exit code. */
  finish?: (reports: Reports) => Promise<void>;
  /** Creates the addons that rewrite flows. @throws UsageError */
  rewriting?: (log: Log) => Promise<readonly Addon[]>;
  /** The ends and checks of the run. */
  watch?: RunWatch | undefined;
  /** Redacts all output. */
  redactor?: Redactor | undefined;
  /** Streams to use in place of the process's stdout and stderr. */
  streams?: Streams | undefined;
  /** The number of this process among those that run the same scripts, from 1. */
  worker?: number | undefined;
  /** Called for a script that requires a single process. @returns false if several are running */
  alone?: ((script: string) => Promise<boolean>) | undefined;
  /** Creates the relay that receives flows, besides the outputs. */
  relay?: ((parts: RelayParts) => Promise<Relay>) | undefined;
}

/** The parts of the session that answering requests from captures needs. */
export interface AnsweringParts {
  readonly log: Log;
  readonly spool: SpoolPolicy;
}

/**
 * Creates the log, the addons and the dispatcher of a run. Output files are opened later, by the session.
 * @throws ExitError, also if a script cannot be loaded
 */
export async function openSession(parts: SessionParts): Promise<Session> {
  const { options, shutdown, filters, certificate, access = [], unclaimed = [], redactor } = parts;
  const stderr = await openTerminal(parts.streams?.stderr ?? process.stderr, options.color);
  // Log lines have no backpressure: a proxy does not wait for the reader of its log.
  stderr.out.lossy = parts.live;
  const terminalLog = new TerminalLog({ ...stderr, verbosity: options.termlogVerbosity, timestamps: parts.live });
  const log = redactedLog(terminalLog, redactor);
  // With workers, only the parent warns.
  const hints = parts.worker === undefined ? [...filters.hints, ...formatHints(options)] : [];
  for (const hint of hints) log.warn(hint);
  const outputs = new Outputs(parts, log);
  const display = parts.stdoutTaken || writesFlowsTo('-', options) ? stderr : await outputs.stdout();
  const dir = spoolFolder(options);
  const spool = new SpoolPolicy({
    dir,
    onFailure: (error) => {
      log.error(withCode(`Cannot store a body in ${dir} (spool_dir): ${systemErrorText(error)}`, 'output-failed'));
      shutdown.request(ExitCode.output);
    },
    memoryPerBody: options.bodyMemory,
    memoryTotal: options.memoryTotal,
    encrypted: redactor !== undefined,
  });
  redactor?.spoolTo(spool);
  const status = parts.progress ? statusLine(stderr, display, options) : undefined;
  await outputs.make(spool);
  const reports = new Reports(options.report, log, shutdown);
  const onSearchLimit = once(() =>
    log.warn('A body is longer than body_search_limit: filters search only its beginning.'),
  );
  const headsOf = parts.live ? await headRedaction(redactor) : undefined;
  const saved = (): boolean => shutdown.code !== ExitCode.output;
  const live = parts.live ? liveFlows(options, outputs.captures, filters.save, log, saved, headsOf) : [];
  const relay = await parts.relay?.({ log, spool, headsOf });
  const writers = outputs.all.map(({ writer }) => writer);
  const rewriting = (await parts.rewriting?.(log)) ?? [];
  const answering = (await parts.answering?.({ log, spool })) ?? [];
  const definitions = await readDefinitions(options);
  const common = { definitions, options, filters, writers, display, certificate, access, rewriting, answering };
  const builtIn = await makeAddons({ ...common, liveFlows: live });
  const { scriptBase: base, worker = 1, alone } = parts;
  const scripts = await loadScripts({ options, base, unclaimed, log, shutdown, worker, alone }).catch(async (error) => {
    await stderr.out.flush();
    throw error;
  });
  const onError: DispatcherOptions['onError'] = (error, { addon, hook, flow }) => {
    if (scripts?.report(error, addon, hook, flow)) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error(`Addon ${addon.name ?? 'without a name'} failed in ${hook}${flow ? ` of flow ${flow.id}` : ''}: ${text}`);
    if (addon instanceof Save) shutdown.note(ExitCode.output);
  };
  const { bodySearchLimit } = options;
  const afterScripts = [...builtIn.afterScripts, ...(parts.watch?.addons ?? []), ...(relay?.addons ?? [])];
  const observers = await redactedAddons(afterScripts, (addon) => !(addon instanceof LiveFlows), redactor, {
    bodySearchLimit,
    onSearchLimit,
    onError,
    preview: options.dryRun ? display.out : undefined,
  });
  const allAddons = () => [...builtIn.beforeScripts, ...(scripts?.addons ?? []), ...observers];
  const replay = new FlowReplay();
  const hooks = new Dispatcher(allAddons(), {
    replay: (flow) => replay.replay(flow),
    bodySearchLimit,
    onSearchLimit,
    onError,
  });
  const end = new SessionEnd({
    shutdown,
    hooks,
    scripts,
    outputs,
    relay,
    journals: live,
    reports,
    display,
    stderr,
    conclude: () => parts.watch?.conclude({ log, reports }),
    finish: parts.finish,
  });
  return {
    options,
    shutdown,
    log,
    status,
    hooks,
    display,
    spool,
    redactor,
    definitions,
    replay,
    permits: parts.permits ?? [],
    standIn: parts.standIn,
    captures: outputs.captures,
    outputs: outputs.all,
    reports,
    observers: afterScripts.filter(({ observes }) => observes),
    stderr,
    reportFailure: onError,
    openOutputs: async () => {
      reports.check();
      for (const output of outputs.all) {
        await output.open().catch((error) => {
          if (!shutdown.isRequested) throw error;
        });
      }
      end.opened = !shutdown.isRequested;
    },
    holdNothingUp: () => {
      display.out.lossy = true;
    },
    logDrained: () => stderr.out.drained(),
    watchScripts: () => scripts?.watch(() => hooks.setAddons(allAddons())),
    reportStray: (error) => scripts?.reportStray(error) === true,
    onSearchLimit,
    close: () => end.close(),
  };
}

/** Creates the status line below the log, and below the display if both are the same terminal. */
function statusLine(stderr: Terminal, display: Terminal, options: Options): StatusLine | undefined {
  const isShown = options.termlogVerbosity !== 'error' && options.termlogVerbosity !== 'warn';
  const toStdout = process.stdout.isTTY && writesFlowsTo('-', options);
  if (!isShown || toStdout || stderr.columns() === undefined) return undefined;
  const status = new StatusLine(stderr);
  stderr.out.status = status;
  if (display.columns() !== undefined) display.out.status = status;
  return status;
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
