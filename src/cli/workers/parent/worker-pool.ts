import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Authority,
  type BoundSocket,
  bindSocket,
  type Listening,
  listenerSpecs,
  makeEcKey,
  makeRsaKey,
} from '../../../engine/index.js';
import { FlowNotLiveError } from '../../../flow/flow.js';
import type { Hook } from '../../../flow/hooks/hooks.js';
import { WRITER_SIZE } from '../../../serialize/native/record/record.js';
import type { ResolvedOptions } from '../../options/resolve.js';
import { ExitCode } from '../../process/exit-codes.js';
import { ExitError, UsageError } from '../../process/exit-error.js';
import { type EngineParts, explained, type RunningEngine } from '../../proxy/engine.js';
import type { Session } from '../../session/session.js';
import type { ToParent, WorkerStart } from '../messages.js';
import { workerOptions } from '../split-options.js';
import { FlowDelivery } from './flow-delivery.js';
import { RecentFlows, recoverFlows } from './recovery.js';
import { RestartLimit } from './restart-limit.js';
import { pathsOf, sessionFacts } from './session-facts.js';
import { killSilentAtSecondSignal, WorkerProcess } from './worker-process.js';

/** Milliseconds between checks for a change of the recorded files. */
const NAMES_PACE = 250;

/** The worker processes of a run. The pool takes the place of the engine in the parent. */
export class WorkerPool implements RunningEngine {
  listening: readonly Listening[] = [];
  private readonly workers = new Map<number, WorkerProcess>();
  private readonly sockets: BoundSocket[] = [];
  private readonly restarts = new RestartLimit();
  private readonly delivery: FlowDelivery;
  private readonly tls = { ticketKeys: randomBytes(48), ecKey: makeEcKey() };
  private rsaKey: Promise<string> | undefined;
  private readonly options: ResolvedOptions;
  private isServing = false;
  private naming: NodeJS.Timeout | undefined;
  /** The paths and numbers of the output files that the workers were last notified of. */
  private files = '';
  private readonly writer = randomBytes(WRITER_SIZE);
  private graceMs: number | undefined;
  private isForced = false;
  /** Exchanges in progress of each worker, from its answer to `stop`. */
  private readonly live = new Map<number, number>();
  private onAllLive: () => void = () => {};
  private readonly recent = new Map<number, RecentFlows>();
  /** Resolves when the last worker has ended after `stop`. */
  private readonly stopped: Promise<void>;
  private resolveStopped!: () => void;

  private constructor(
    private count: number,
    private readonly resolved: ResolvedOptions,
    private readonly session: Session,
    private readonly authority: Authority,
    private readonly hasMoreRoots: boolean,
  ) {
    this.options = workerOptions(resolved, count);
    this.delivery = new FlowDelivery(session.observers, session.reportFailure);
    this.stopped = new Promise((resolve) => {
      this.resolveStopped = resolve;
    });
  }

  /** Opens the listeners and starts the workers. @param resolved the options of the whole run @throws ExitError */
  static async start(
    count: number,
    resolved: ResolvedOptions,
    session: Session,
    { authority, moreRoots }: EngineParts,
  ): Promise<WorkerPool> {
    const pool = new WorkerPool(count, resolved, session, authority!, moreRoots !== undefined);
    try {
      await pool.open();
      return pool;
    } catch (error) {
      for (const worker of pool.workers.values()) worker.kill();
      pool.closeSockets();
      throw error;
    }
  }

  serve(): void {
    this.isServing = true;
    // Rotation may change the paths of the files. Workers store their journals beside them.
    this.naming = setInterval(() => this.sendNames(), NAMES_PACE).unref();
    for (const worker of this.workers.values()) worker.send({ type: 'serve' });
  }

  async stop(graceMs: number, onLive?: (count: number) => void): Promise<void> {
    this.closeSockets();
    clearInterval(this.naming);
    if (this.workers.size === 0) return;
    if (this.graceMs === undefined) killSilentAtSecondSignal(this.workers);
    this.graceMs = Math.min(this.graceMs ?? Number.POSITIVE_INFINITY, graceMs);
    this.onAllLive = () => {
      for (const number of this.workers.keys()) if (!this.live.has(number)) return;
      let live = 0;
      for (const count of this.live.values()) live += count;
      if (live > 0) onLive?.(live);
      this.onAllLive = () => {};
    };
    for (const worker of this.workers.values()) worker.demand({ type: 'stop', graceMs: this.graceMs });
    await this.stopped;
  }

  abort(): void {
    this.isForced = true;
    for (const worker of this.workers.values()) worker.demand({ type: 'force' });
  }

  /** Only scripts replay flows, and they run in the workers. */
  replay(): Promise<never> {
    return Promise.reject(new FlowNotLiveError('Nothing can be replayed here'));
  }

  replayClient(): never {
    throw new FlowNotLiveError('Nothing can be replayed here');
  }

  private async open(): Promise<void> {
    const { values } = this.resolved;
    await explained(async () => {
      for (const spec of listenerSpecs(values)) this.sockets.push(await bindSocket(spec));
    });
    // The first worker starts alone, as its scripts may require a single process.
    this.listening = (await this.begin(1)).listening;
    const others = Array.from({ length: this.count - 1 }, (_, at) => this.begin(at + 2));
    await Promise.all(others);
  }

  /** Starts a worker. Resolves when it listens. @throws ExitError if it fails to start */
  private async begin(number: number, isFirst = number === 1): Promise<{ listening: readonly Listening[] }> {
    return this.outcome(number, this.startProcess(number, isFirst));
  }

  private async outcome(number: number, worker: WorkerProcess): Promise<{ listening: readonly Listening[] }> {
    const answer = await worker.next('listening', 'failed', 'unclaimed', 'alone');
    switch (answer?.type) {
      case 'listening':
        if (this.isServing) worker.send({ type: 'serve' });
        return answer;
      case 'failed':
        throw new ExitError(answer.code, ...answer.messages);
      case 'unclaimed':
        throw this.resolved.unclaimed![answer.index]!.refusal(answer.others);
      case 'alone':
        this.beAlone(worker, answer.script);
        return this.outcome(number, worker);
      default:
        throw new ExitError('start-failed', `Worker ${number} has ended before it could listen.`);
    }
  }

  /** Handles a script that requires a single process: starts no other workers, or refuses an explicit number of them. */
  private beAlone(worker: WorkerProcess, script: string): void {
    if (this.resolved.values.workers !== 'auto') {
      const { place } = this.resolved.origins.get('workers')!;
      throw new UsageError(
        `${place}: ${script} has to run in one process (workers: 1), so there can be no others: set workers to 1 or auto`,
        'option-conflict',
      );
    }
    this.count = 1;
    worker.send({ type: 'alone' });
  }

  private startProcess(number: number, isFirst: boolean): WorkerProcess {
    const { session, delivery, sockets } = this;
    const { display, stderr, spool, log } = session;
    const recent = new RecentFlows();
    this.recent.set(number, recent);
    const worker: WorkerProcess = new WorkerProcess(this.startOf(number, isFirst), sockets, {
      receiver: {
        policy: spool,
        delivery,
        recent,
        flushed: () => Promise.all(session.outputs.map(({ writer }) => writer.flushed())),
        onDamage: (message) => {
          log.error(`Worker ${number}: ${message}`);
          session.shutdown.request(ExitCode.internal);
        },
      },
      display: display.out,
      stderr: stderr.out,
      onMessage: (message) => this.receive(message, number, worker),
      onSilent: () =>
        log.error(`Worker ${number} (process ${worker.pid}) does not answer, and is killed if this goes on.`),
    });
    this.workers.set(number, worker);
    void this.watch(number, worker);
    return worker;
  }

  private startOf(number: number, isFirst: boolean): WorkerStart {
    const { authority, delivery, session, resolved, sockets, tls } = this;
    const { key, chainPem: chain, file } = authority;
    return {
      ...sessionFacts(session),
      number,
      resolved: this.options,
      authority: { pem: `${key.export({ type: 'pkcs8', format: 'pem' })}${chain}`, file },
      tls,
      groups: delivery.groups,
      saveFilter: resolved.values.saveStreamFilter,
      userRoots: this.hasMoreRoots,
      quiet: !isFirst,
      writer: this.writer,
      workers: this.count,
      sockets: sockets.length,
    };
  }

  private sendNames(): void {
    const captures = pathsOf(this.session.captures);
    const files = [...captures, ...this.delivery.copiers.map(({ file }) => file)].join('\n');
    if (files === this.files) return;
    this.files = files;
    for (const worker of this.workers.values()) worker.send({ type: 'captures', captures });
  }

  private receive(message: ToParent, number: number, worker: WorkerProcess): void {
    const { shutdown } = this.session;
    switch (message.type) {
      case 'rsa-key':
        this.rsaKey ??= makeRsaKey();
        return void this.rsaKey.then((pem) => worker.send({ type: 'rsa-key', pem }));
      case 'shutdown':
        return shutdown.request(message.code as ExitCode);
      case 'live':
        this.live.set(number, message.count);
        return this.onAllLive();
      case 'activity':
        return this.noteActivity(worker, message.what);
      case 'done':
        this.workers.delete(number);
        this.onAllLive();
    }
  }

  /** Informs the addons that end a run. They identify exchanges by objects; the worker stands for all its exchanges. */
  private noteActivity(worker: WorkerProcess, what: 'busy' | 'quiet' | 'message'): void {
    for (const addon of this.session.observers) {
      if (!addon.requestHeaders) continue;
      const token = worker as never;
      if (what === 'busy') void addon.requestHeaders(token);
      else if (what === 'quiet') void addon.flowEnd?.(token);
      else void (addon.tcpMessage as Hook<'tcpMessage'> | undefined)?.(token);
    }
  }

  /** Waits for the end of a worker, and restarts it if the end was unexpected. */
  private async watch(number: number, worker: WorkerProcess): Promise<void> {
    const { code, signal } = await worker.ended;
    this.noteActivity(worker, 'quiet');
    const isUnexpected = this.workers.get(number) === worker;
    this.workers.delete(number);
    if (isUnexpected) {
      const { log } = this.session;
      const saved = await recoverFlows(this.session, this.delivery, number, this.recent.get(number)!);
      const how = signal ? `was killed by ${signal}` : `has ended with ${code}`;
      const what = saved > 0 ? ` Flows that were in progress were saved as incomplete: ${saved}.` : '';
      if (this.isServing) log.error(`Worker ${number} (process ${worker.pid}) ${how}.${what}`);
      if (this.isServing && this.graceMs === undefined) await this.restart(number);
    }
    if (this.graceMs !== undefined) {
      this.onAllLive();
      if (this.workers.size === 0) this.resolveStopped();
    }
  }

  private async restart(number: number): Promise<void> {
    const { log, shutdown } = this.session;
    const wait = this.restarts.next();
    if (wait === undefined) {
      log.error('Workers keep ending unexpectedly; tsdump gives up.');
      return shutdown.request(ExitCode.internal);
    }
    await Promise.race([delay(wait), shutdown.requested]);
    if (shutdown.isRequested) return;
    try {
      await this.begin(number, false);
      log.info(`Worker ${number} was started again.`);
      const worker = this.workers.get(number);
      if (worker && this.graceMs !== undefined) worker.demand({ type: 'stop', graceMs: this.graceMs });
      if (worker && this.isForced) worker.demand({ type: 'force' });
    } catch (error) {
      for (const message of error instanceof ExitError ? error.messages : [String(error)]) log.error(message);
    }
  }

  private closeSockets(): void {
    for (const socket of this.sockets.splice(0)) socket.close();
  }
}
