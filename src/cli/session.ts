import { setTimeout as delay } from 'node:timers/promises';
import type { CertificateForms } from '../addons/onboarding.js';
import { Save } from '../addons/save.js';
import type { ConnectionPermit } from '../engine/index.js';
import { SpoolPolicy } from '../flow/body/spool-policy.js';
import { Dispatcher } from '../flow/hooks/dispatcher.js';
import type { Addon } from '../flow/hooks/hooks.js';
import type { Log } from '../flow/log.js';
import { openTerminal } from '../terminal/terminal.js';
import { TerminalLog } from '../terminal/terminal-log.js';
import { makeAddons } from './addons/addons.js';
import { FlowReplay } from './addons/flow-replay.js';
import { loadScripts } from './addons/scripts.js';
import { Reports } from './checks/reports.js';
import type { RunWatch } from './checks/watch-run.js';
import type { Filters } from './filters.js';
import type { UnclaimedSetting } from './options/setting.js';
import type { Options } from './options/table/index.js';
import { ExitCode } from './process/exit-codes.js';
import { FORCE_GRACE, type Shutdown } from './process/shutdown.js';
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
  readonly hooks: Dispatcher;
  readonly spool: SpoolPolicy;
  /** Implements `flow.replay`; replays wait until the engine is set. */
  readonly replay: FlowReplay;
  /** Decide together which connections to servers may be opened. */
  readonly permits: readonly ConnectionPermit[];
  /** The outputs of `save_stream_file`, not open yet. */
  readonly captures: readonly Output[];
  /** The outputs of `save_stream_file` and `hardump`. */
  readonly outputs: readonly Output[];
  /** The results that `report` writes; a feature adds its own. */
  readonly reports: Reports;
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
  /** What clients can get from the proxy to trust it. */
  certificate?: CertificateForms;
  /** See `AddonParts`. */
  access?: readonly Addon[];
  /** Settings that only options of scripts can claim. */
  unclaimed?: readonly UnclaimedSetting[];
  /** The base folder of script paths; by default the current one. */
  scriptBase?: string;
  /** See `Session.permits`. */
  permits?: readonly ConnectionPermit[];
  /** Makes what rewrites flows. @throws UsageError */
  rewriting?: (log: Log) => Promise<readonly Addon[]>;
  /** What ends the run, and what it is checked for. */
  watch?: RunWatch | undefined;
}

/**
 * Creates the log, the addons and the dispatcher of a run. Output files are opened later, by the session.
 * @throws ExitError, also if a script cannot be loaded
 */
export async function openSession(parts: SessionParts): Promise<Session> {
  const { options, shutdown, filters, certificate, access = [], unclaimed = [] } = parts;
  const stderr = await openTerminal(process.stderr, options.color);
  // Log lines have no backpressure: a proxy does not wait for the reader of its log.
  stderr.out.lossy = parts.live;
  const log = new TerminalLog({ ...stderr, verbosity: options.termlogVerbosity, timestamps: parts.live });
  for (const hint of [...filters.hints, ...formatHints(options)]) log.warn(hint);
  const outputs = new Outputs(parts, log);
  const display = writesFlowsTo('-', options) ? stderr : await outputs.stdout();
  const spool = new SpoolPolicy({
    dir: spoolFolder(options),
    memoryPerBody: options.bodyMemory,
    memoryTotal: options.memoryTotal,
  });
  await outputs.make(spool);
  const reports = new Reports(options.report, log, shutdown);
  const onSearchLimit = once(() =>
    log.warn('A body is longer than body_search_limit: filters search only its beginning.'),
  );
  const live = parts.live
    ? liveFlows(options, outputs.captures, filters.save, log, () => shutdown.code !== ExitCode.output)
    : [];
  const writers = outputs.all.map(({ writer }) => writer);
  const rewriting = (await parts.rewriting?.(log)) ?? [];
  const common = { options, filters, writers, display, certificate, access, rewriting };
  const builtIn = await makeAddons({ ...common, liveFlows: live });
  const scripts = await loadScripts({ options, base: parts.scriptBase, unclaimed, log, shutdown }).catch(
    async (error) => {
      await stderr.out.flush();
      throw error;
    },
  );
  const observers = [...builtIn.afterScripts, ...(parts.watch?.addons ?? [])];
  const allAddons = () => [...builtIn.beforeScripts, ...(scripts?.addons ?? []), ...observers];
  const replay = new FlowReplay();
  const hooks = new Dispatcher(allAddons(), {
    replay: (flow) => replay.replay(flow),
    bodySearchLimit: options.bodySearchLimit,
    onSearchLimit,
    onError: (error, { addon, hook, flow }) => {
      if (scripts?.report(error, addon, hook, flow)) return;
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error(
        `Addon ${addon.name ?? 'without a name'} failed in ${hook}${flow ? ` of flow ${flow.id}` : ''}: ${what}`,
      );
      if (addon instanceof Save) shutdown.note(ExitCode.output);
    },
  });
  /** Resolves after the `done` hook, with the time of its end. */
  let done: Promise<number> | undefined;
  const close = async (): Promise<void> => {
    scripts?.stop();
    done = hooks.end().then(() => performance.now());
    await done;
    scripts?.summary();
    await outputs.close();
    // Journals are removed last: until the capture is closed, they are needed after a crash.
    for (const journal of live) await journal.close();
    await closeReports();
    // A display that fails at the end reports it on stderr.
    await display.out.flush();
    await stderr.out.flush();
  };
  /** Whether the work has begun; if not, there are no results. */
  let opened = false;
  const closeReports = async (): Promise<void> => {
    if (!opened) return;
    // With - as path, a report follows the lines on stdout.
    await display.out.flush();
    parts.watch?.conclude({ log, reports });
    await reports.write(stderr.out);
  };
  const openOutputs = async (): Promise<void> => {
    reports.check();
    for (const one of all) {
      await one.open().catch((error) => {
        if (!shutdown.isRequested) throw error;
      });
    }
    opened = !shutdown.isRequested;
  };
  const holdNothingUp = (): void => {
    display.out.lossy = true;
  };
  const logDrained = (): Promise<void> | undefined => stderr.out.drained();
  const watchScripts = (): void => scripts?.watch(() => hooks.setAddons(allAddons()));
  const reportStray = (error: unknown): boolean => scripts?.reportStray(error) === true;
  const { all, captures } = outputs;
  void shutdown.forced.then(() => hooks.giveUp());
  void shutdown.afterForce(FORCE_GRACE).then(async () => {
    // The time that addons take does not reduce the time of the readers of the outputs.
    if (done) await delay((await done) + FORCE_GRACE - performance.now());
    for (const one of all) one.abandon();
    if (display !== stderr) display.out.abandon();
    // The log can still report lost output.
    await delay(FORCE_GRACE);
    stderr.out.abandon();
  });
  const { permits = [] } = parts;
  const shared = { options, shutdown, log, hooks, spool, replay, permits, captures, outputs: all, reports };
  return { ...shared, openOutputs, holdNothingUp, logDrained, watchScripts, reportStray, onSearchLimit, close };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
