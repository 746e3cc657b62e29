import type { ConnectionPermit } from '../../engine/index.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { ReportCase, ReportSuite } from '../../flow/report.js';
import { plural } from '../../flow/text/plural.js';
import { type Redactor, redactForComparison, redactionKey } from '../../redact/index.js';
import { AnswerFiles } from '../../replay/server/answers/answer-files.js';
import { KeyRuleSet } from '../../replay/server/key/key-rules.js';
import { RedactedPlaces } from '../../replay/server/key/redacted-places.js';
import { RecordedServers } from '../../replay/server/recorded-servers.js';
import { ServerReplay, type ServerReplayOptions } from '../../replay/server/server-replay.js';
import { unusedAnswers } from '../../replay/server/unused.js';
import { OutputError } from '../../serialize/output/sinks.js';
import type { Reports } from '../checks/reports.js';
import { loadRules } from '../compare/rules.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { withCode } from '../process/error-codes.js';
import { ExitCode } from '../process/exit-codes.js';
import { ExitError, UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { findInputs, type Inputs } from '../read/find-inputs.js';
import { type DamageReporter, damageReporter, readError } from '../read/input-damage.js';
import { inputOf } from '../read/input-reader.js';
import { comparingRedactor } from '../redact/redaction.js';
import type { ServerReplayParts } from '../session/session-parts.js';
import { Cassette } from './cassette.js';

/** Maximum number of unused answers to list. */
const MAX_LINES = 20;

/** The circumstances of a server replay. */
export interface ServerReplayContext {
  /** Whether the proxy accepts clients. */
  readonly live: boolean;
  readonly redactor: Redactor | undefined;
  /** The exit code so far, including the one of a command. */
  readonly exitCode: () => number;
}

/** The server replay of one run of the program: reads the captures, answers requests, and logs a summary. */
export class ServerReplayRun {
  /** The captures to read; outputs must be other files. */
  readonly paths: readonly string[];
  /** Decides which connections may be opened. */
  readonly permits: readonly ConnectionPermit[];
  /** The servers in whose place it answers. */
  readonly servers: RecordedServers;
  private replay: ServerReplay | undefined;
  private files: AnswerFiles | undefined;
  private session: ServerReplayParts | undefined;
  private redactedByUs = false;
  private redactedOtherwise = 0;
  /** Whether an input, or part of one, is no record. */
  private hasForeign = false;

  private constructor(
    private readonly options: Options,
    private readonly inputs: Inputs,
    private readonly cassette: Cassette | undefined,
    private readonly shutdown: Shutdown,
    private readonly context: ServerReplayContext & { readonly comparing: Redactor | undefined },
    private readonly rules: KeyRuleSet | undefined,
  ) {
    this.paths = inputs.paths;
    this.servers = new RecordedServers(options.offline);
    this.permits = options.offline ? [OFFLINE] : [];
  }

  /** @throws ExitError */
  static async prepare(
    resolved: ResolvedOptions,
    shutdown: Shutdown,
    context: ServerReplayContext,
  ): Promise<ServerReplayRun> {
    const { values: options } = resolved;
    const { serverReplay, rfile, strict } = options;
    if (serverReplay.includes('-') && rfile.includes('-')) {
      throw new UsageError(
        '-r - and -S - cannot be used together, because stdin can be read only once',
        'option-conflict',
      );
    }
    const cassette = await Cassette.of(options, context.live);
    const names = cassette?.isMissing ? serverReplay.slice(1) : serverReplay;
    const inputs = names.length > 0 ? await findInputs(names, strict, '-S') : NO_INPUTS;
    const { rules } = loadRules(resolved);
    const comparing = await comparingRedactor(resolved, context.redactor);
    return new ServerReplayRun(
      options,
      inputs,
      cassette,
      shutdown,
      { ...context, comparing },
      rules.length > 0 ? new KeyRuleSet(rules) : undefined,
    );
  }

  /** Reads the captures. @returns the addons that answer and record */
  async open(session: ServerReplayParts): Promise<readonly Addon[]> {
    const { options, cassette, context } = this;
    const { log, spool, definitions } = session;
    this.session = session;
    const keys = {
      ignoreContent: options.serverReplayIgnoreContent,
      ignoreHost: options.serverReplayIgnoreHost,
      ignorePort: options.serverReplayIgnorePort,
      ignoreParams: new Set(options.serverReplayIgnoreParams),
      ignorePayloadParams: new Set(options.serverReplayIgnorePayloadParams),
      useHeaders: [...new Set(options.serverReplayUseHeaders.map((name) => name.toLowerCase()))],
      bodyLimit: options.bodySearchLimit,
      definitions,
      rules: this.rules,
      redacted: new RedactedPlaces(),
    };
    const files = new AnswerFiles({
      keys,
      policy: spool,
      strict: options.strict,
      onDamage: ({ kind, message }) => {
        this.hasForeign ||= kind !== 'truncated';
        this.reportDamage(message, `input-${kind}`);
        // Damage that is found when the capture is loaded fails `load`.
        if (options.strict) this.shutdown.request(ExitCode.input);
      },
      onAnswer: (flow) => {
        this.servers.add(flow);
        this.noteRedaction(flow);
      },
      isRedactedOtherwise: (flow) => this.isRedactedOtherwise(flow),
    });
    this.files = files;
    await this.load(files);
    const recorder = cassette?.open(files, session);
    const { redactor } = context;
    this.replay = new ServerReplay(files, {
      keys,
      sequence: { reuse: options.serverReplayReuse, after: options.serverReplayAfter },
      response: { refresh: options.serverReplayRefresh, latency: options.serverReplayLatency, policy: spool },
      extra: options.serverReplayExtra,
      offline: options.offline,
      records: recorder !== undefined,
      memory: options.memoryTotal / 4,
      log,
      live: context.live,
      prepare: this.prepareRequest,
      redact: redactor && ((text) => redactor.text(text)),
      onRecorded: recorder && ((flow) => recorder.mark(flow)),
    });
    return recorder ? [this.replay, recorder] : [this.replay];
  }

  /**
   * Loads the captures. With `strict`, an unreadable input ends the program.
   * @throws ExitError also if none of them is a capture: requests would go to the servers, and cassettes be added to another file;
   * and if a temporary file cannot be written: answers would be missing
   */
  private async load(files: AnswerFiles): Promise<void> {
    for (const problem of this.inputs.problems) this.reportDamage(problem, 'input-unreadable');
    if (this.cassette?.replacesAll) return;
    let flows = 0;
    for (const path of this.inputs.paths) {
      try {
        flows += (await files.add(inputOf(path))).flows;
      } catch (error) {
        if (error instanceof OutputError) throw new ExitError('output-failed', error.message);
        const [message, code] = readError(path === '-' ? 'stdin' : path, error);
        if (this.options.strict) throw new ExitError(code, message);
        this.reportDamage(message, code);
      }
    }
    this.reportRedaction();
    const { index, unanswered } = files;
    const { count: skipped, withoutContent } = unanswered;
    if (this.hasForeign && flows === 0) {
      throw new ExitError('input-unrecognised', `there are no flows in ${this.inputs.paths.join(', ')} (-S)`);
    }
    if (this.inputs.paths.length === 0) return;
    const why = withoutContent > 0 ? `, ${withoutContent} because the content of the response was not recorded` : '';
    const left = skipped > 0 ? ` (${plural(skipped, 'flow has', 'flows have')} none${why})` : '';
    this.session!.log[why ? 'warn' : 'info'](`${plural(index.size, 'recorded answer')} read${left}.`);
  }

  /** If the capture was redacted with the configured key, requests are compared in their redacted form. */
  private get prepareRequest(): ServerReplayOptions['prepare'] {
    const { comparing } = this.context;
    if (!comparing || !this.redactedByUs) return undefined;
    return async (request) => redactForComparison(comparing, request);
  }

  private isRedactedOtherwise(flow: HttpFlow): boolean {
    const key = redactionKey(flow);
    return key !== undefined && key !== this.context.comparing?.fingerprint;
  }

  private noteRedaction(flow: HttpFlow): void {
    if (this.isRedactedOtherwise(flow)) this.redactedOtherwise++;
    else if (redactionKey(flow) !== undefined) this.redactedByUs = true;
  }

  private reportRedaction(): void {
    if (this.redactedOtherwise === 0) return;
    const flows = plural(this.redactedOtherwise, 'recorded request was', 'recorded requests were');
    this.session!.log.warn(
      `${flows} redacted with a key that is not set here (redact_key): anything matches the values of redacted parameters, fields and JSON members.`,
    );
  }

  private get reportDamage(): DamageReporter {
    return damageReporter({ log: this.session!.log, shutdown: this.shutdown });
  }

  /** Logs the summary, writes the cassette, and sets the exit code. */
  async finish(reports: Pick<Reports, 'add' | 'isWanted'>): Promise<void> {
    const { replay, files, options, shutdown } = this;
    if (!replay || !files) return;
    const { log } = this.session!;
    await replay.settled();
    const unused = replay.unusedCount;
    const { misses } = replay.results;
    log.info(replay.results.summary(unused));
    if (options.failOnMiss && misses > 0) {
      const requests = plural(misses, 'request');
      log.error(withCode(`Check failed: --fail-on-miss: ${requests} had no recorded answer.`, 'check-failed'));
      shutdown.note(ExitCode.checkFailed);
    }
    if (unused > 0) this.reportUnused(files, unused);
    if (reports.isWanted) {
      const suite = replay.suite({ miss: options.failOnMiss, unused: options.failOnUnused });
      reports.add(() => withoutSecrets(suite, this.context.redactor));
    }
    await this.cassette?.finish(shutdown, () => this.context.exitCode());
    await replay.close();
  }

  private reportUnused(files: AnswerFiles, count: number): void {
    const { options, shutdown } = this;
    const { log } = this.session!;
    const answers = unusedAnswers(files, options.serverReplayReuse, MAX_LINES);
    const lines = answers.map(({ method, url }) => `never used: ${method} ${url}`);
    if (count > MAX_LINES) lines.push(`never used: ${count - MAX_LINES} more`);
    if (!options.failOnUnused) {
      for (const line of lines) log.info(line);
      return;
    }
    const verb = count === 1 ? 'was' : 'were';
    const failure = `Check failed: --fail-on-unused: ${plural(count, 'recorded answer')} ${verb} never used.`;
    log.error([withCode(failure, 'check-failed'), ...lines].join('\n'));
    shutdown.note(ExitCode.checkFailed);
  }
}

/** Redacts the URLs and request excerpts in a suite. */
function withoutSecrets(suite: ReportSuite, redactor: Redactor | undefined): ReportSuite {
  if (!redactor) return suite;
  const cases = Array.from(suite.cases, (each): ReportCase => {
    const { name, message, details } = each;
    return {
      ...each,
      name: redactor.text(name),
      ...(message === undefined ? {} : { message: redactor.text(message) }),
      ...(details === undefined ? {} : { details: details.map((line) => redactor.text(line)) }),
    };
  });
  return { ...suite, cases };
}

const NO_INPUTS: Inputs = { paths: [], problems: [] };

const OFFLINE: ConnectionPermit = ({ address: [host] }) => ({
  message: `No connection to ${host} was opened, because tsdump is offline (--offline).`,
  code: 'offline',
  status: 599,
});
