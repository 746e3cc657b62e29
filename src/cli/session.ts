import { setTimeout as delay } from 'node:timers/promises';
import type { CertificateForms } from '../addons/onboarding.js';
import { Save } from '../addons/save.js';
import { SpoolPolicy } from '../flow/body/spool-policy.js';
import { Dispatcher } from '../flow/dispatcher.js';
import type { Addon } from '../flow/hooks.js';
import type { Log } from '../flow/log.js';
import { openTerminal } from '../terminal/terminal.js';
import { TerminalLog } from '../terminal/terminal-log.js';
import { makeAddons } from './addons.js';
import type { Filters } from './filters.js';
import type { UnclaimedSetting } from './options/setting.js';
import type { Options } from './options/table/index.js';
import { ExitCode } from './process/exit-codes.js';
import { FORCE_GRACE, type Shutdown } from './process/shutdown.js';
import { loadScripts } from './scripts.js';
import { liveFlows } from './write/live-file.js';
import type { Output } from './write/output.js';
import { formatHints } from './write/output-format.js';
import { type OutputParts, Outputs, writesFlowsTo } from './write/outputs.js';
import { spoolFolder } from './write/spool-folder.js';

/** What reading and recording share while the program runs. */
export interface Session {
  readonly options: Options;
  readonly shutdown: Shutdown;
  readonly log: Log;
  readonly hooks: Dispatcher;
  readonly spool: SpoolPolicy;
  /** The outputs of `save_stream_file`. They have yet to be opened. */
  readonly captures: readonly Output[];
  /** These, and where the HAR of `hardump` goes. */
  readonly outputs: readonly Output[];
  /** Opens, and so empties, where flows are saved; returns early if the program is to end. @throws ExitError */
  openOutputs(): Promise<void>;
  /** From now on lines are dropped that the readers of stdout and stderr do not take in time. */
  holdNothingUp(): void;
  /** Undefined while the reader of the log keeps up; else a promise that resolves when it has. */
  logDrained(): Promise<void> | undefined;
  /** From now on scripts are loaded again when they change. */
  watchScripts(): void;
  /** Reports an error that nobody caught. @returns false if it does not come from a script */
  reportStray(error: unknown): boolean;
  /** A body was longer than filters look. */
  onSearchLimit(): void;
  /**
   * Ends the addons, then closes the outputs: to be called when all flows have ended. All that was written is with the
   * system when it resolves.
   */
  close(): Promise<void>;
}

export interface SessionParts extends OutputParts {
  filters: Filters;
  /** What clients can get from the proxy to trust it. */
  certificate?: CertificateForms;
  /** See `AddonParts`. */
  access?: readonly Addon[];
  /** Options that only scripts can have. */
  unclaimed?: readonly UnclaimedSetting[];
  /** The folder against which scripts are resolved; by default the current one. */
  scriptBase?: string;
}

/**
 * Makes what a run works with: the log, the addons and what calls them. Files are opened later, by the session.
 * @throws ExitError, also if a script does not load
 */
export async function openSession(parts: SessionParts): Promise<Session> {
  const { options, shutdown, filters, certificate, access = [], unclaimed = [] } = parts;
  const stderr = await openTerminal(process.stderr, options.color);
  // A proxy does not wait for the reader of its log, which has no backpressure.
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
  const onSearchLimit = once(() =>
    log.warn('A body is longer than body_search_limit: filters search only its beginning.'),
  );
  const live = parts.live
    ? liveFlows(options, outputs.captures, filters.save, log, () => shutdown.code !== ExitCode.output)
    : [];
  const writers = outputs.all.map(({ writer }) => writer);
  const builtIn = await makeAddons({ options, filters, writers, liveFlows: live, display, certificate, access });
  const scripts = await loadScripts({ options, base: parts.scriptBase, unclaimed, log, shutdown }).catch(
    async (error) => {
      await stderr.out.flush();
      throw error;
    },
  );
  const allAddons = () => [...builtIn.beforeScripts, ...(scripts?.addons ?? []), ...builtIn.afterScripts];
  const hooks = new Dispatcher(allAddons(), {
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
  /** Resolves with the time when the last hook is over, once it was called. */
  let done: Promise<number> | undefined;
  const close = async (): Promise<void> => {
    scripts?.stop();
    done = hooks.end().then(() => performance.now());
    await done;
    scripts?.summary();
    await outputs.close();
    // A journal goes last: until its capture is closed, a crash could still need it.
    for (const journal of live) await journal.close();
    // A display that fails at the end has something to say on stderr.
    await display.out.flush();
    await stderr.out.flush();
  };
  const openOutputs = async (): Promise<void> => {
    for (const one of all) {
      await one.open().catch((error) => {
        if (!shutdown.isRequested) throw error;
      });
    }
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
    // What addons take of the time is not taken from the readers of the outputs.
    if (done) await delay((await done) + FORCE_GRACE - performance.now());
    for (const one of all) one.abandon();
    if (display !== stderr) display.out.abandon();
    // It can still say what was lost.
    await delay(FORCE_GRACE);
    stderr.out.abandon();
  });
  const shared = { options, shutdown, log, hooks, spool, captures, outputs: all };
  return { ...shared, openOutputs, holdNothingUp, logDrained, watchScripts, reportStray, onSearchLimit, close };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
