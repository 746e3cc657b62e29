import type { ConnectionPermit } from '../../engine/index.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { plural } from '../../flow/text/plural.js';
import { AnswerFiles } from '../../replay/server/answers/answer-files.js';
import { KeyRuleSet } from '../../replay/server/key/key-rules.js';
import { ServerReplay } from '../../replay/server/server-replay.js';
import { RecordedServers } from '../../replay/server/stand-in.js';
import { unusedAnswers } from '../../replay/server/unused.js';
import { DamageError } from '../../serialize/input/damage.js';
import { loadRules } from '../compare/rules.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { ExitCode } from '../process/exit-codes.js';
import { ExitError, UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { systemErrorText } from '../process/system-error.js';
import { findInputs, type Inputs } from '../read/inputs.js';
import type { AnsweringParts, SessionParts } from '../session.js';
import { Cassette } from './cassette.js';

/** Lines about answers that were never given. */
const MOST_LINES = 20;

/** Answering from captures in one run of the program: reads them, answers, and says at the end what happened. */
export class ServerReplayRun {
  /** The captures that are read; no output may be one of them. */
  readonly paths: readonly string[];
  /** What it adds to a session. */
  readonly parts: Pick<SessionParts, 'answering' | 'standIn' | 'finish'>;
  readonly permits: readonly ConnectionPermit[];
  private readonly servers: RecordedServers;
  private replay: ServerReplay | undefined;
  private files: AnswerFiles | undefined;
  private session: AnsweringParts | undefined;

  private constructor(
    private readonly options: Options,
    private readonly inputs: Inputs,
    private readonly cassette: Cassette | undefined,
    private readonly shutdown: Shutdown,
    private readonly live: boolean,
    private readonly rules: KeyRuleSet | undefined,
  ) {
    this.paths = inputs.paths;
    this.servers = new RecordedServers(options.offline);
    this.permits = options.offline ? [OFFLINE] : [];
    this.parts = {
      answering: (session) => this.open(session),
      standIn: this.servers,
      finish: () => this.finish(),
    };
  }

  /** @throws ExitError */
  static async prepare(resolved: ResolvedOptions, shutdown: Shutdown, live: boolean): Promise<ServerReplayRun> {
    const { values: options } = resolved;
    const { serverReplay, rfile, strict } = options;
    if (serverReplay.includes('-') && rfile.includes('-')) {
      throw new UsageError('-r - and -S - cannot be used together, because stdin can be read only once');
    }
    const cassette = Cassette.of(options, live);
    const names = cassette?.isMissing ? serverReplay.slice(1) : serverReplay;
    const inputs = names.length > 0 ? await findInputs(names, strict, '-S') : NO_INPUTS;
    const { rules } = loadRules(resolved);
    return new ServerReplayRun(
      options,
      inputs,
      cassette,
      shutdown,
      live,
      rules.length > 0 ? new KeyRuleSet(rules) : undefined,
    );
  }

  /** Reads the captures. @returns the addons that answer, and record */
  private async open(session: AnsweringParts): Promise<readonly Addon[]> {
    const { options, cassette, live } = this;
    const { log, spool } = session;
    this.session = session;
    const keys = {
      ignoreContent: options.serverReplayIgnoreContent,
      ignoreHost: options.serverReplayIgnoreHost,
      ignorePort: options.serverReplayIgnorePort,
      ignoreParams: new Set(options.serverReplayIgnoreParams),
      ignorePayloadParams: new Set(options.serverReplayIgnorePayloadParams),
      useHeaders: options.serverReplayUseHeaders,
      bodyLimit: options.bodySearchLimit,
      rules: this.rules,
    };
    const files = new AnswerFiles({
      keys,
      policy: spool,
      strict: options.strict,
      onDamage: ({ message }) => this.damaged(message),
      onAnswer: (flow) => this.servers.add(flow),
    });
    this.files = files;
    await this.load(files);
    const recorder = cassette?.open(files, session);
    this.replay = new ServerReplay(files, {
      keys,
      sequence: { reuse: options.serverReplayReuse, after: options.serverReplayAfter },
      response: { refresh: options.serverReplayRefresh, latency: options.serverReplayLatency, policy: spool },
      extra: options.serverReplayExtra,
      offline: options.offline,
      records: recorder !== undefined,
      memory: options.memoryTotal / 4,
      log,
      live,
      onRecorded: recorder && ((flow) => recorder.mark(flow)),
    });
    return recorder ? [this.replay, recorder] : [this.replay];
  }

  /** With `strict`, an input that cannot be read ends the program. @throws ExitError */
  private async load(files: AnswerFiles): Promise<void> {
    for (const problem of this.inputs.problems) this.damaged(problem);
    if (this.cassette?.replacesAll) return;
    for (const path of this.inputs.paths) {
      const name = path === '-' ? 'stdin' : path;
      try {
        await files.add(path === '-' ? { stream: process.stdin, name } : { path });
      } catch (error) {
        const text = systemErrorText(error as NodeJS.ErrnoException);
        const message = error instanceof DamageError ? error.message : `Cannot read ${name}: ${text}`;
        if (this.options.strict) throw new ExitError(ExitCode.input, message);
        this.damaged(message);
      }
    }
    const { index, skipped } = files;
    const left = skipped > 0 ? ` (${plural(skipped, 'flow has', 'flows have')} none)` : '';
    if (this.inputs.paths.length > 0) this.session!.log.info(`${plural(index.size, 'recorded answer')} read${left}.`);
  }

  private damaged(message: string): void {
    this.session!.log.error(message);
    this.shutdown.note(ExitCode.input);
  }

  /** Says what happened, writes the cassette, and sets the exit code. */
  private async finish(): Promise<void> {
    const { replay, files, options, shutdown } = this;
    if (!replay || !files) return;
    const { log } = this.session!;
    await replay.settled();
    const unused = replay.unusedCount;
    const { misses } = replay.tally;
    log.info(replay.tally.summary(unused));
    if (unused > 0) {
      for (const { method, url } of await unusedAnswers(files, options.serverReplayReuse, MOST_LINES)) {
        log.info(`never given: ${method} ${url}`);
      }
      if (unused > MOST_LINES) log.info(`never given: ${unused - MOST_LINES} more`);
    }
    const fails = (options.failOnMiss && misses > 0) || (options.failOnUnused && unused > 0);
    if (fails) shutdown.note(ExitCode.checkFailed);
    await this.cassette?.finish(shutdown);
    await replay.close();
  }
}

const NO_INPUTS: Inputs = { paths: [], problems: [] };

const OFFLINE: ConnectionPermit = ({ address: [host] }) => ({
  message: `No connection to ${host} was opened, because tsdump is offline (--offline).`,
  code: 'offline',
  status: 599,
});
