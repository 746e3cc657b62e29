import { type Flow, type HttpFlow, releaseFlow } from '../../flow/flow.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';
import { ConnectionOrder, type Turn } from './pace/connection-order.js';
import { type Pacer, untilDue } from './pace/pacer.js';
import { Slots } from './pace/slots.js';
import { type PrepareOptions, prepareRequest } from './prepare-request.js';
import { obstacleOf } from './request/obstacles.js';
import { type ReplayJob, Sender, type SenderOptions } from './request/sender.js';

/**
 * Called once for each request that was sent, after its flow has ended. The bodies of both flows can be read until it returns
 * or its promise settles; then they are released. If the request failed, `replayed.error` is set. Calls are made in the order
 * in which flows end.
 * @param recorded the flow of the capture, unchanged
 * @param replayed the new flow, including changes by addons
 */
export type OnReplayed = (recorded: HttpFlow, replayed: HttpFlow) => void | Promise<void>;

export interface ClientReplayOptions extends PrepareOptions, SenderOptions {
  /** Maximum number of concurrent requests; ignored with a pacer. */
  readonly concurrency: number;
  /** Schedules requests by time. If undefined, the pace depends on the responses. */
  readonly pacer: Pacer | undefined;
  /** Maximum number of requests that were read and have not ended. */
  readonly maxInFlight: number;
  readonly onReplayed?: OnReplayed | undefined;
}

/** Sends the requests of a capture again. Flows are passed in the order in which they began. */
export class ClientReplay {
  private readonly order = new ConnectionOrder();
  private readonly sender: Sender;
  private readonly slots: Slots;
  /** Maximum number of requests that were read and have not ended. */
  private readonly limit: number;
  private jobs = 0;
  private isStopped = false;
  private readonly onJobEnd: (() => void)[] = [];

  constructor(private readonly options: ClientReplayOptions) {
    this.sender = new Sender(options);
    const { pacer, concurrency, maxInFlight } = options;
    this.slots = new Slots(pacer ? Number.POSITIVE_INFINITY : concurrency);
    // One after the other: a request that waits for its rewriting must not be overtaken.
    this.limit = !pacer && concurrency === 1 ? 1 : maxInFlight;
  }

  /** Number of requests that were read and have not ended. */
  get inFlight(): number {
    return this.jobs;
  }

  get stopped(): boolean {
    return this.isStopped;
  }

  /** Stops sending. Requests in flight are completed. */
  stop(): void {
    this.isStopped = true;
    this.sender.stop();
  }

  /**
   * Takes the next flow. The flow is released after its request has ended.
   * @param index number of the flow in the capture, for the observer
   * @returns a promise if the next flow should not be read before it resolves
   */
  take(flow: Flow, index: number): undefined | Promise<void> {
    const { observer, targets, pacer, clock, rewriter } = this.options;
    const obstacle = obstacleOf(flow);
    if (obstacle !== undefined) {
      observer.skipped(index, flow, obstacle);
      return this.skip(flow);
    }
    const recorded = flow as HttpFlow;
    const destination = targets.of(recorded.request);
    if (destination === 'refused') {
      observer.refused(index, recorded);
      return this.skip(flow);
    }
    rewriter?.onRead(recorded);
    const prepared = prepareRequest(recorded, destination, this.options);
    const began = flowBegan(recorded);
    const due = pacer?.due(began);
    const job: ReplayJob = { index, recorded, prepared, due };
    if (!pacer) return this.start(job, this.order.add(recorded.client.id, began, flowEnded(recorded)));
    const wait = untilDue(pacer, due!, clock);
    return wait ? wait.then(() => this.start(job)) : this.start(job);
  }

  /** Ends a round. The next flow is again the first of the capture. */
  async endRound(): Promise<void> {
    const { pacer, rewriter } = this.options;
    // With an open workload, rounds may overlap, unless requests depend on values of earlier responses.
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
    this.sender.close();
  }

  /** Reports a flow that is not sent to the rewriter, because other requests may wait for its response. */
  private skip(flow: Flow): undefined | Promise<void> {
    const received = flow.type === 'http' ? this.options.rewriter?.onEnded(flow, undefined) : undefined;
    if (received) return received.finally(() => releaseFlow(flow));
    releaseFlow(flow);
    return undefined;
  }

  private start(job: ReplayJob, turn?: Turn): undefined | Promise<void> {
    this.jobs++;
    void this.run(job, turn);
    return this.hasRoom() ? undefined : this.room();
  }

  /** Whether the next flow may be read: a slot is free, and the limit of waiting requests is not reached. */
  private hasRoom(): boolean {
    return this.isStopped || (this.slots.free && this.jobs < this.limit);
  }

  private async room(): Promise<void> {
    while (!this.hasRoom()) await this.nextEnd();
  }

  private nextEnd(): Promise<void> {
    return new Promise((resolve) => this.onJobEnd.push(resolve));
  }

  /** @param turn the request's position in the order of its connection; undefined with a pacer */
  private async run(job: ReplayJob, turn: Turn | undefined): Promise<void> {
    const { recorded } = job;
    const { rewriter, observer, onReplayed } = this.options;
    let replayed: HttpFlow | undefined;
    try {
      if (turn?.ready) await turn.ready;
      const rewriting = this.isStopped ? undefined : rewriter?.rewrite(recorded, job.prepared.request);
      const changes = rewriting && (await rewriting);
      const slot = this.slots.acquire();
      if (slot) await slot;
      try {
        if (!this.isStopped) replayed = await this.sender.send(job, changes);
      } finally {
        this.slots.release();
      }
      if (!replayed) {
        observer.unsent(job.index, recorded);
        job.prepared.request.body.release();
      }
      const received = rewriter?.onEnded(recorded, replayed);
      if (received) await received;
      turn?.end();
      const seen = replayed && onReplayed?.(recorded, replayed);
      if (seen) await seen;
    } catch (error) {
      observer.crashed(error);
    }
    turn?.end();
    if (replayed) releaseFlow(replayed);
    releaseFlow(recorded);
    this.jobs--;
    if (this.onJobEnd.length > 0) for (const wake of this.onJobEnd.splice(0)) wake();
  }
}
