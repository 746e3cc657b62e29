import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Log } from '../../flow/log.js';
import type { Definitions } from '../../protobuf/definitions/definitions.js';
import type { Redactor } from '../../redact/index.js';
import { StatusLine } from '../../terminal/status-line.js';
import { openTerminal, type Terminal } from '../../terminal/terminal.js';
import { TerminalLog } from '../../terminal/terminal-log.js';
import { Reports } from '../checks/reports.js';
import { readDefinitions } from '../definitions.js';
import type { Options } from '../options/table/index.js';
import { ExitCode } from '../process/exit-codes.js';
import type { Shutdown } from '../process/shutdown.js';
import { headRedaction, redactedLog } from '../redact/redaction.js';
import { liveFlows } from '../write/live-file.js';
import type { Output } from '../write/output.js';
import { formatHints } from '../write/output-format.js';
import { Outputs, writesFlowsTo } from '../write/outputs.js';
import { makeSpool } from '../write/spool.js';
import { type AddonChain, openAddonChain } from './addon-chain.js';
import { SessionEnd } from './session-end.js';
import type { SessionParts } from './session-parts.js';

/** Common part of reading and recording. */
export interface Session extends Pick<AddonChain, 'hooks' | 'replay' | 'observers' | 'reportFailure' | 'watchScripts'> {
  readonly options: Options;
  readonly shutdown: Shutdown;
  readonly log: Log;
  /** The status line below the log, if stderr is a terminal and progress is shown. */
  readonly status: StatusLine | undefined;
  /** The terminal for flows and results: stdout, or stderr if stdout carries flows or belongs to a command. */
  readonly display: Terminal;
  readonly spool: SpoolPolicy;
  /** Redacts lines that are shown besides the outputs; undefined without redaction. */
  readonly redactor: Redactor | undefined;
  /** Definitions of messages of Protobuf. */
  readonly definitions: Definitions | undefined;
  /** The outputs of `save_stream_file`, not open yet. */
  readonly captures: readonly Output[];
  /** The outputs of `save_stream_file` and `hardump`. */
  readonly outputs: readonly Output[];
  /** The results that `report` writes; a feature adds its own. */
  readonly reports: Reports;
  /** The stream of the log. */
  readonly stderr: Terminal;
  /** Opens and truncates the outputs; returns early on shutdown. @throws ExitError */
  openOutputs(): Promise<void>;
  /** From now on, lines are dropped if the readers of stdout and stderr are too slow. */
  dropLinesWhenSlow(): void;
  /** Undefined while the reader of the log keeps up; else a promise that resolves when it has caught up. */
  logDrained(): Promise<void> | undefined;
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

/**
 * Creates the log, the addons and the dispatcher of a run. Output files are opened later, by the session.
 * @throws ExitError, also if a script cannot be loaded
 */
export async function openSession(parts: SessionParts): Promise<Session> {
  const { options, shutdown, filters, redactor, worker } = parts;
  const stderr = await openTerminal(worker?.streams.stderr ?? process.stderr, options.color);
  // Log lines have no backpressure: a proxy does not wait for the reader of its log.
  stderr.out.lossy = parts.live;
  const terminalLog = new TerminalLog({ ...stderr, verbosity: options.termlogVerbosity, timestamps: parts.live });
  const log = redactedLog(terminalLog, redactor);
  // With workers, only the parent warns.
  const hints = worker ? [] : [...filters.hints, ...formatHints(options)];
  for (const hint of hints) log.warn(hint);
  const outputs = new Outputs(parts, log);
  const display =
    parts.stdoutTaken || writesFlowsTo('-', options) ? stderr : await outputs.stdout(worker?.streams.stdout);
  const spool = makeSpool(options, log, shutdown, redactor);
  const status = parts.progress ? statusLine(stderr, display, options) : undefined;
  await outputs.make(spool);
  const reports = new Reports(options.report, log, shutdown);
  const headsOf = parts.live ? await headRedaction(redactor) : undefined;
  const saved = (): boolean => shutdown.code !== ExitCode.output;
  const hasJournals = parts.live && options.liveFile;
  const journals = hasJournals
    ? liveFlows({ outputs: outputs.captures, filter: filters.save, log, saved, headsOf })
    : [];
  const flowSender = await worker?.flowSender({ log, spool, headsOf });
  const definitions = await readDefinitions(options);
  const onSearchLimit = once(() =>
    log.warn('A body is longer than body_search_limit: filters search only its beginning.'),
  );
  const chainParts = { log, spool, outputs, display, journals, flowSender, definitions, onSearchLimit };
  const chain = await openAddonChain(parts, chainParts).catch(async (error) => {
    await stderr.out.flush();
    throw error;
  });
  const { hooks, scripts, replay, observers, reportFailure, watchScripts } = chain;
  const { watch, finish } = parts;
  const conclude = (): void => watch?.conclude({ log, reports });
  const ended = { shutdown, hooks, scripts, outputs, flowSender, journals, reports, display, stderr, conclude, finish };
  const end = new SessionEnd(ended);
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
    captures: outputs.captures,
    outputs: outputs.all,
    reports,
    observers,
    stderr,
    reportFailure,
    openOutputs: async () => {
      reports.check();
      await outputs.open();
      end.opened = !shutdown.isRequested;
    },
    dropLinesWhenSlow: () => {
      display.out.lossy = true;
    },
    logDrained: () => stderr.out.drained(),
    watchScripts,
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
