import type { CertificateForms } from '../addons/onboarding.js';
import { Dispatcher } from '../flow/dispatcher.js';
import type { Addon } from '../flow/hooks.js';
import type { Log } from '../flow/log.js';
import { plural } from '../flow/plural.js';
import { SpoolPolicy } from '../flow/spool-policy.js';
import { OutputError } from '../serialize/sinks.js';
import { makeAddons } from './addons.js';
import { type Ending, HURRY } from './ending.js';
import { ExitCode } from './exit-codes.js';
import { outputPath, refuseSameFile } from './files.js';
import type { Filters } from './filters.js';
import { liveFlows } from './live-file.js';
import type { Options } from './options/index.js';
import { makeOutput, type Output, type OutputHandlers } from './output.js';
import { spoolFolder } from './spool-folder.js';
import { openTerminal, type Terminal } from './terminal.js';
import { TerminalLog } from './terminal-log.js';
import { packageVersion } from './version.js';

/** What reading and recording share while the program runs. */
export interface Session {
  readonly options: Options;
  readonly ending: Ending;
  readonly log: Log;
  readonly hooks: Dispatcher;
  readonly spool: SpoolPolicy;
  /** Where flows are saved; undefined if they are not. It has yet to be opened. */
  readonly output: Output | undefined;
  /** That, and where the HAR of `hardump` goes. */
  readonly outputs: readonly Output[];
  /** Opens, and so empties, where flows are saved; returns early if the program is to end. @throws ExitError */
  openOutputs(): Promise<void>;
  /** From now on lines are dropped that the readers of stdout and stderr do not take in time. */
  holdNothingUp(): void;
  /** Undefined while the reader of the log keeps up; else a promise that resolves when it has. */
  logDrained(): Promise<void> | undefined;
  /** A body was longer than filters look. */
  onSearchLimit(): void;
  /** Ends the addons. All that was written is with the system when it resolves. */
  close(): Promise<void>;
}

export interface SessionParts {
  options: Options;
  filters: Filters;
  ending: Ending;
  /** Paths of the inputs, which must not be written to. */
  inputs: readonly string[];
  /** What clients can get from the proxy to trust it. */
  certificate?: CertificateForms;
  /** See `AddonParts`. */
  access?: readonly Addon[];
  /** Whether flows come from the network: then a reader that leaves has not got enough, but misses something. */
  live: boolean;
}

/** Makes what a run works with: the log, the addons and what calls them. Files are opened later, by the session. */
export async function openSession(parts: SessionParts): Promise<Session> {
  const { options, ending, filters, certificate, access = [] } = parts;
  const stderr = await openTerminal(process.stderr, options.color);
  // A proxy does not wait for the reader of its log, which has no backpressure.
  stderr.out.lossy = parts.live;
  const log = new TerminalLog({ ...stderr, verbosity: options.termlogVerbosity, timestamps: parts.live });
  const outputs = new Outputs(parts, log);
  const display = options.saveStreamFile === '-' || options.hardump === '-' ? stderr : await outputs.stdout();
  const spool = new SpoolPolicy({
    dir: spoolFolder(options),
    memoryPerBody: options.bodyMemory,
    memoryTotal: options.memoryTotal,
  });
  const { compress, saveStreamFile } = options;
  const output = saveStreamFile
    ? await makeOutput(saveStreamFile, options, { ...outputs.saving(saveStreamFile), compress, policy: spool })
    : undefined;
  const har = options.hardump
    ? await makeOutput(options.hardump, { format: 'har', fsync: options.fsync }, outputs.saving(options.hardump))
    : undefined;
  const onSearchLimit = once(() =>
    log.warn('A body is longer than body_search_limit: filters see only its beginning.'),
  );
  const live = parts.live
    ? liveFlows(options, output, filters.save, log, () => ending.code !== ExitCode.output)
    : undefined;
  const all = [output, har].filter((one) => one !== undefined);
  const writers = all.map(({ writer }) => writer);
  const addons = await makeAddons({ options, filters, writers, liveFlows: live, display, certificate, access });
  const hooks = new Dispatcher(addons, {
    bodySearchLimit: options.bodySearchLimit,
    onSearchLimit,
    onError: (error, { addon, hook, flow }) => {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error(`Addon ${addon} failed in ${hook}${flow ? ` of flow ${flow.id}` : ''}: ${what}`);
      if (addon === 'save') ending.note(ExitCode.output);
    },
  });
  const close = async (): Promise<void> => {
    await hooks.emit('done', undefined);
    outputs.tellLeftOut();
    // A display that fails at the end has something to say on stderr.
    await display.out.flush();
    await stderr.out.flush();
  };
  const openOutputs = async (): Promise<void> => {
    for (const one of all) {
      await one.open().catch((error) => {
        if (!ending.isAsked) throw error;
      });
    }
  };
  const holdNothingUp = (): void => {
    display.out.lossy = true;
  };
  const logDrained = (): Promise<void> | undefined => stderr.out.drained();
  ending.afterHurry(HURRY).then(() => {
    for (const one of all) one.abandon();
    if (display !== stderr) display.out.abandon();
  });
  // After that, so that it can still say what was lost.
  ending.afterHurry(2 * HURRY).then(() => stderr.out.abandon());
  const shared = { options, ending, log, hooks, spool, output, outputs: all };
  return { ...shared, openOutputs, holdNothingUp, logDrained, onSearchLimit, close };
}

/** What becomes of the program when an output fails. */
class Outputs {
  /** How many flows each output could not hold. */
  private readonly leftOut = new Map<string, number>();
  /** Aborted when the program is to end. */
  private readonly stopped = new AbortController();

  constructor(
    private readonly parts: SessionParts,
    private readonly log: Log,
  ) {
    parts.ending.asked.then(() => this.stopped.abort());
  }

  /** stdout for the display: when its reader goes, and a file records, only the display ends. */
  stdout(): Promise<Terminal> {
    return openTerminal(process.stdout, this.parts.options.color, {
      onClosed: () => {
        const { saveStreamFile, hardump } = this.parts.options;
        if (!saveStreamFile && !hardump) this.readerGone();
      },
      onError: (error) => this.failed(new OutputError('stdout', error).message),
    });
  }

  saving(spec: string): OutputHandlers {
    const name = spec === '-' ? 'stdout' : outputPath(spec);
    return {
      onError: (error: OutputError) =>
        spec === '-' && error.code === 'EPIPE' ? this.readerGone() : this.failed(error.message),
      onWaiting: (path) => this.log.warn(`${path} has no reader yet${this.parts.live ? '; clients wait for it' : ''}.`),
      signal: this.stopped.signal,
      onBehind: () => this.log.warn(`${name} takes flows more slowly than they come; reading is held up.`),
      onWarning: (message) => this.log.warn(message),
      onLeftOut: () => this.leftOut.set(name, (this.leftOut.get(name) ?? 0) + 1),
      version: packageVersion(),
      checkPath: (path) => {
        for (const input of this.parts.inputs) refuseSameFile(input, path);
      },
    };
  }

  /** A file that has less than was seen has to say so. */
  tellLeftOut(): void {
    for (const [name, count] of this.leftOut) {
      this.log.warn(`${name} is without ${plural(count, 'flow')} of a kind that its format does not have.`);
    }
  }

  /** Whoever reads a capture from us has got enough; whoever records misses something. */
  private readerGone(): void {
    if (this.parts.live) this.failed('The reader of stdout has gone.');
    else this.parts.ending.ask();
  }

  private failed(message: string): void {
    this.log.error(message);
    this.parts.ending.ask(ExitCode.output);
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
