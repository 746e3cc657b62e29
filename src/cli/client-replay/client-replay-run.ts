import type { Flow } from '../../flow/flow.js';
import { releaseFlow } from '../../flow/flow.js';
import { plural } from '../../flow/text/plural.js';
import { ClientReplay, type OnReplayed } from '../../replay/client/client-replay.js';
import { type PaceClock, realClock } from '../../replay/client/pace/clock.js';
import { type Pacer, RatePacer, RecordedPacer } from '../../replay/client/pace/pacer.js';
import { compileFilters } from '../filters.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import type { RunningEngine } from '../proxy/engine.js';
import { type RecordTask, record } from '../proxy/record.js';
import { findInputs } from '../read/find-inputs.js';
import { StoppedError } from '../read/flow-selector.js';
import type { Session } from '../session/session.js';
import { planReplay, type ReplayPlan } from './plan.js';
import { showProgress } from './progress.js';
import { isPipe, ReplaySource } from './replay-source.js';
import { ResumeLog } from './resume-log.js';
import type { SessionRewriter } from './session-rewriter.js';
import { ReplayStatistics } from './statistics.js';
import { summaryLines } from './summary.js';

/** Callbacks of a client replay. */
export interface ReplayCallbacks {
  readonly onReplayed?: OnReplayed | undefined;
  /** Number of requests with differences so far, for the progress line. */
  readonly differences?: () => number;
  /** Called once, when all requests have ended, or after SIGINT. */
  readonly onEnd?: (statistics: ReplayStatistics, seconds: number) => void | Promise<void>;
}

/**
 * Sends the requests of captures again (`-C`).
 * @param createCallbacks called when the session is open
 * @throws ExitError
 */
export async function replayRequests(
  resolved: ResolvedOptions,
  shutdown: Shutdown,
  createCallbacks: (
    session: Session,
    rewriter: SessionRewriter | undefined,
  ) => ReplayCallbacks | Promise<ReplayCallbacks> = () => ({}),
): Promise<number> {
  const { values: options } = resolved;
  const plan = planReplay(resolved);
  const filters = await compileFilters(resolved);
  const inputs = await findInputs(options.clientReplay, options.strict, '-C');
  if (options.replayResume !== undefined && inputs.paths.some(isPipe)) {
    throw new UsageError('--replay-resume needs captures that can be read again, and not a pipe', 'option-conflict');
  }
  const resume =
    options.replayResume === undefined ? undefined : new ResumeLog(options.replayResume, filters.read?.text ?? '');
  const carriesOver = options.replaySession || options.replayExtract.length > 0;
  const rewriter = carriesOver ? (await import('./session-rewriter.js')).sessionRewriter(resolved) : undefined;
  const { permit } = plan.targets;
  const task: RecordTask = {
    listens: plan.listens,
    inputs: inputs.paths,
    permits: permit ? [permit] : [],
    run: async (session, engine) => {
      const stopping = new AbortController();
      const clock = realClock(stopping.signal);
      const callbacks = await createCallbacks(session, rewriter);
      const source = new ReplaySource({
        session,
        inputs,
        filter: filters.read,
        clock,
        rereads: plan.rounds > 1,
        needsResponses: rewriter !== undefined || callbacks.onReplayed !== undefined,
      });
      const run = new ClientReplayRun({ session, engine, plan, clock, stopping, source, resume, rewriter }, callbacks);
      try {
        await run.perform();
      } finally {
        await source.close();
      }
    },
  };
  return record(resolved, shutdown, { task });
}

interface RunParts {
  session: Session;
  engine: RunningEngine;
  plan: ReplayPlan;
  clock: PaceClock;
  /** Aborts all waits of the clock. */
  stopping: AbortController;
  source: ReplaySource;
  resume: ResumeLog | undefined;
  /** Replaces session values in requests. */
  rewriter: SessionRewriter | undefined;
}

/** A client replay, from its first request to its summary. */
class ClientReplayRun {
  private readonly statistics: ReplayStatistics;
  private readonly replay: ClientReplay;
  /** Number of flows read so far, over all rounds. */
  private index = 0;
  private began: number;
  private timeIsUp = false;

  constructor(
    private readonly parts: RunParts,
    private readonly callbacks: ReplayCallbacks,
  ) {
    const { session, engine, plan, clock, resume, rewriter } = parts;
    const { options, log, shutdown } = session;
    this.began = clock.now();
    this.statistics = new ReplayStatistics(
      (index, flow) => resume?.onUnsent(index, flow),
      (error) => {
        log.error(`Internal error: ${error instanceof Error ? error.stack : error}`);
        shutdown.request(ExitCode.internal);
      },
    );
    this.replay = new ClientReplay({
      targets: plan.targets,
      keepHost: options.replayKeepHost,
      dropCredentials: options.replayDropCredentials,
      concurrency: plan.concurrency,
      pacer: pacerFor(options, clock),
      speed: options.replayTiming,
      maxInFlight: plan.isOpen ? options.replayMaxInFlight : readAhead(plan.concurrency, options.replayMaxInFlight),
      timeout: options.replayTimeout,
      retries: options.replayRetries,
      clock,
      createClient: (serverName) => engine.replayClient(serverName),
      rewriter,
      onReplayed: callbacks.onReplayed,
      observer: this.statistics,
    });
  }

  async perform(): Promise<void> {
    const { session, stopping, source, plan, resume, clock, rewriter } = this.parts;
    const { shutdown, log } = session;
    const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
    void shutdown.requested.then(this.stop);
    await source.open();
    await rewriter?.learn(source, session);
    this.began = clock.now();
    // An open workload must not be delayed by slow output.
    if (plan.isOpen) session.dropLinesWhenSlow();
    if (resume && resume.sentBefore > 0) log.info(`Continues after ${plural(resume.sentBefore, 'flow')}.`);
    const timer = this.limitDuration();
    const { statistics } = this;
    const { differences } = this.callbacks;
    const progress = showProgress({ session, statistics, clock, total: () => this.total, differences });
    try {
      const reading = this.readRounds();
      // A pipe may never deliver more data.
      await Promise.race([reading, stopped]);
      if (stopping.signal.aborted) source.abandon();
      await this.replay.settled();
    } finally {
      clearTimeout(timer);
      progress.end();
      this.replay.close();
    }
    await this.conclude();
  }

  private readonly stop = (): void => {
    this.replay.stop();
    this.parts.stopping.abort();
  };

  private limitDuration(): NodeJS.Timeout | undefined {
    const { session, resume } = this.parts;
    const { replayDuration } = session.options;
    if (replayDuration === undefined) return undefined;
    const left = Math.max(0, replayDuration - (resume?.elapsed ?? 0));
    return setTimeout(() => {
      this.timeIsUp = true;
      this.stop();
    }, left * 1000);
  }

  private async readRounds(): Promise<void> {
    const { source, plan } = this.parts;
    for (let round = 1; round <= plan.rounds && !this.replay.stopped; round++) {
      const before = this.index;
      await source.read(this.take);
      if (this.index === before) return;
      await this.replay.endRound();
    }
  }

  private readonly take = (flow: Flow): void | Promise<void> => {
    const { resume } = this.parts;
    if (this.replay.stopped) {
      releaseFlow(flow);
      throw new StoppedError();
    }
    const index = this.index++;
    const wasSent = resume?.wasSent(index, flow);
    resume?.onRead(index, flow);
    if (wasSent) return releaseFlow(flow);
    return this.replay.take(flow, index);
  };

  /** Number of requests of this run, if known. */
  private get total(): number | undefined {
    const { source, plan, resume } = this.parts;
    if (source.total === undefined || !Number.isFinite(plan.rounds)) return undefined;
    return source.total * plan.rounds - (resume?.sentBefore ?? 0);
  }

  /** Writes the resume point and the summary. */
  private async conclude(): Promise<void> {
    const { session, clock, resume, rewriter } = this.parts;
    const { statistics } = this;
    const { log, shutdown } = session;
    const seconds = (clock.now() - this.began) / 1000;
    if (shutdown.isRequested && !this.timeIsUp) resume?.write(seconds);
    else {
      if (!this.timeIsUp) resume?.checkEnd(this.index);
      resume?.remove();
    }
    const [first, ...lines] = summaryLines(statistics, seconds);
    log.info([first, ...lines].join('\n'));
    if (statistics.withCredentials > 0) {
      log.info(
        `${plural(statistics.withCredentials, 'request')} had credentials of the recording; --replay-drop-credentials leaves them out.`,
      );
    }
    if (statistics.withPlaceholders > 0) {
      log.warn(
        `${plural(statistics.withPlaceholders, 'request')} had redacted credentials, which a server rejects; -H '|~q|Authorization|@FILE' sets real ones.`,
      );
    }
    rewriter?.conclude(log);
    if (this.index === 0 && !shutdown.isRequested)
      log.warn('No request was sent: the capture has no flow that matches.');
    if (statistics.hasFailed) shutdown.note(ExitCode.checkFailed);
    await this.callbacks.onEnd?.(statistics, seconds);
  }
}

/**
 * Maximum number of requests that were read and have not ended, without a pacer. Some of them wait for others of their
 * connection, so more requests are read than sent concurrently. Each takes memory and garbage collection.
 */
function readAhead(concurrency: number, limit: number): number {
  return Math.max(concurrency, Math.min(limit, Math.max(64, 4 * concurrency)));
}

function pacerFor({ replayRate, replayTiming }: Options, clock: PaceClock): Pacer | undefined {
  if (replayRate !== undefined) return new RatePacer(replayRate, clock);
  return replayTiming === undefined ? undefined : new RecordedPacer(replayTiming, clock);
}
