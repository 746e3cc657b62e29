import type { ReplayClient } from '../../engine/index.js';
import { type Flow, FlowNotLiveError, type HttpFlow, releaseFlow } from '../../flow/flow.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';
import type { Targets } from './destination/targets.js';
import { type CreateClient, Lanes } from './lanes.js';
import type { PaceClock } from './pace/clock.js';
import { ConnectionOrder } from './pace/connection-order.js';
import { type Pacer, untilDue } from './pace/pacer.js';
import { Slots } from './pace/slots.js';
import { type Prepared, prepareRequest } from './prepare.js';
import { type Obstacle, obstacleOf } from './request/replayable.js';
import { backOff, mayRetry } from './request/retry.js';
import type { OnReplayed, RequestRewriter } from './seams.js';
import { WebSocketPlayer } from './websocket/websocket-player.js';

export interface ClientReplayOptions {
  readonly targets: Targets;
  readonly keepHost: boolean;
  readonly dropCredentials: boolean;
  /** Requests at a time, unless there is a pacer. */
  readonly concurrency: number;
  /** When requests are sent, whatever the responses do. */
  readonly pacer: Pacer | undefined;
  /** Speed of the recorded rhythm, for WebSocket messages; undefined if they are sent in order. */
  readonly speed: number | undefined;
  /** Most requests that were read and have not ended. */
  readonly maxInFlight: number;
  /** Seconds; 0 for none. */
  readonly timeout: number;
  /** Further attempts after a failed connection. */
  readonly retries: number;
  readonly clock: PaceClock;
  readonly createClient: CreateClient;
  readonly rewriter?: RequestRewriter | undefined;
  readonly onReplayed?: OnReplayed | undefined;
  readonly observer: ReplayObserver;
}

/** How a request was sent. Times are milliseconds of the clock. */
export interface ReplayedHow {
  /** Undefined if the pace follows the responses. */
  readonly due: number | undefined;
  readonly sent: number;
  readonly ended: number;
  /** Whether credentials of the recording went along. */
  readonly withCredentials: boolean;
}

/** Is informed about each flow of the capture, exactly once by one of the first four methods. */
export interface ReplayObserver {
  /** The flow cannot be replayed. */
  skipped(index: number, flow: Flow, obstacle: Obstacle): void;
  /** Its server has no mapping. */
  refused(index: number, flow: HttpFlow): void;
  /** The replay was stopped before it was sent. */
  unsent(index: number, flow: HttpFlow): void;
  /** It was sent, and has ended. Bodies can be read. */
  ended(index: number, recorded: HttpFlow, replayed: HttpFlow, times: ReplayedHow): void;
  /** An attempt begins. */
  begins(attempt: number): void;
  /** An error in our own code, or in that of a seam. */
  crashed(error: unknown): void;
}

interface Job {
  readonly index: number;
  readonly recorded: HttpFlow;
  readonly prepared: Prepared;
  readonly due: number | undefined;
}

/** Sends the requests of a capture. Flows are given to it in the order in which they began. */
export class ClientReplay {
  private readonly order = new ConnectionOrder();
  private readonly lanes: Lanes;
  private readonly slots: Slots;
  private jobs = 0;
  private isStopped = false;
  private onJobEnd: (() => void)[] = [];

  constructor(private readonly options: ClientReplayOptions) {
    this.lanes = new Lanes(options.createClient);
    this.slots = new Slots(options.pacer ? Number.POSITIVE_INFINITY : options.concurrency);
  }

  /** Requests that were read and have not ended. */
  get inFlight(): number {
    return this.jobs;
  }

  get stopped(): boolean {
    return this.isStopped;
  }

  /** Sends no further request; those in flight end. */
  stop(): void {
    this.isStopped = true;
  }

  /**
   * Takes the next flow, and releases it when it is done.
   * @param index its place in the order of all flows, for the observer
   * @returns a promise if the following one should not be read yet
   */
  take(flow: Flow, index: number): undefined | Promise<void> {
    const { observer, targets, pacer, clock, rewriter } = this.options;
    const obstacle = obstacleOf(flow);
    if (obstacle !== undefined) {
      observer.skipped(index, flow, obstacle);
      return this.leaveOut(flow);
    }
    const recorded = flow as HttpFlow;
    const destination = targets.of(recorded.request);
    if (destination === 'refused') {
      observer.refused(index, recorded);
      return this.leaveOut(flow);
    }
    rewriter?.announce(recorded);
    const prepared = prepareRequest(recorded, destination, this.options);
    const due = pacer?.due(flowBegan(recorded));
    const job: Job = { index, recorded, prepared, due };
    const wait = pacer && untilDue(pacer, due!, clock);
    if (wait) return wait.then(() => this.start(job));
    return this.start(job);
  }

  /** Ends a round: the next flow that is taken is the first of the capture again. */
  async endRound(): Promise<void> {
    const { pacer, rewriter } = this.options;
    // Requests of an open workload go on, unless values were carried over from their responses.
    if (!pacer || rewriter) await this.settled();
    pacer?.nextRound();
    rewriter?.nextRound();
  }

  /** Resolves when all requests have ended. */
  async settled(): Promise<void> {
    while (this.jobs > 0) await this.nextEnd();
  }

  /** Closes the connections. */
  close(): void {
    this.lanes.close();
  }

  /** Others may wait for a request that is not sent. */
  private leaveOut(flow: Flow): undefined | Promise<void> {
    const received = flow.type === 'http' ? this.options.rewriter?.received(flow, undefined) : undefined;
    if (received) return received.finally(() => releaseFlow(flow));
    releaseFlow(flow);
    return undefined;
  }

  private start(job: Job): undefined | Promise<void> {
    this.jobs++;
    this.run(job)
      .catch((error) => this.options.observer.crashed(error))
      .finally(() => {
        releaseFlow(job.recorded);
        this.jobs--;
        for (const wake of this.onJobEnd.splice(0)) wake();
      });
    return this.hasRoom() ? undefined : this.room();
  }

  /** Whether the next flow may be read: a slot is free for it, and not too many wait for others. */
  private hasRoom(): boolean {
    return this.isStopped || (this.slots.free && this.jobs < this.options.maxInFlight);
  }

  private async room(): Promise<void> {
    while (!this.hasRoom()) await this.nextEnd();
  }

  private nextEnd(): Promise<void> {
    return new Promise((resolve) => this.onJobEnd.push(resolve));
  }

  private async run(job: Job): Promise<void> {
    const { recorded, prepared } = job;
    const { rewriter, pacer, observer } = this.options;
    let done = (): void => {};
    if (!pacer) {
      const connection = recorded.client.id;
      const began = flowBegan(recorded);
      const blocked = this.order.before(connection, began);
      const ended = new Promise<void>((resolve) => {
        done = resolve;
      });
      this.order.add(connection, began, flowEnded(recorded), ended);
      if (blocked) await blocked;
    }
    const rewriting = this.isStopped ? undefined : rewriter?.prepare(recorded, prepared.request);
    const changes = rewriting && (await rewriting);
    const slot = this.slots.take();
    if (slot) await slot;
    const replayed = this.isStopped ? undefined : await this.attempts(job, changes);
    this.slots.give();
    if (!replayed) {
      observer.unsent(job.index, recorded);
      prepared.request.body.release();
    }
    const received = rewriter?.received(recorded, replayed);
    if (received) await received;
    done();
    if (replayed) {
      await this.options.onReplayed?.(recorded, replayed);
      releaseFlow(replayed);
    }
  }

  /** Sends a request, again if the connection failed. @returns undefined if the engine has stopped before */
  private async attempts(
    job: Job,
    changes: Readonly<Record<string, unknown>> | undefined,
  ): Promise<HttpFlow | undefined> {
    const { recorded, prepared, index, due } = job;
    const { observer, retries, clock, timeout, speed } = this.options;
    const { request, serverName, hasCredentials: withCredentials } = prepared;
    const connection = recorded.client.id;
    const lane = this.lanes.take(connection);
    const isConversation = recorded.messages !== undefined;
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt >= retries;
      const metadata: Record<string, unknown> = { replayed_from: recorded.id, ...changes };
      if (attempt > 0) metadata.replay_attempt = attempt + 1;
      const player = isConversation ? new WebSocketPlayer(recorded, { clock, speed, patience: PATIENCE }) : undefined;
      const sent = clock.now();
      observer.begins(attempt);
      const client = lane.clientFor(connection, request, serverName);
      const flow = await send(client, isLast ? request : request.clone(), { timeout, metadata, player });
      const ended = clock.now();
      if (flow && !isLast && !this.isStopped && mayRetry(flow)) {
        releaseFlow(flow);
        await clock.wait(backOff(attempt));
        if (!this.isStopped) continue;
      }
      this.lanes.give(lane);
      if (flow && !isLast) request.body.release();
      if (flow) observer.ended(index, recorded, flow, { due, sent, ended, withCredentials });
      return flow;
    }
  }
}

/** Milliseconds to wait for messages that a server has sent in the recording. */
const PATIENCE = 5000;

/** @returns undefined if the program ends, so that nothing was sent */
async function send(client: ReplayClient, ...[request, options]: Parameters<ReplayClient['send']>) {
  try {
    return await client.send(request, options);
  } catch (error) {
    if (error instanceof FlowNotLiveError) return undefined;
    throw error;
  }
}
