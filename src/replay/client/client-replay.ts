import { type Flow, type HttpFlow, releaseFlow } from '../../flow/flow.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';
import { ConnectionOrder, type Turn } from './pace/connection-order.js';
import { type Pacer, untilDue } from './pace/pacer.js';
import { Slots } from './pace/slots.js';
import { type PrepareOptions, prepareRequest } from './prepare.js';
import { obstacleOf } from './request/replayable.js';
import { type Job, Sender, type SenderOptions } from './request/sender.js';
import type { OnReplayed } from './seams.js';

export interface ClientReplayOptions extends PrepareOptions, SenderOptions {
  /** Requests at a time, unless there is a pacer. */
  readonly concurrency: number;
  /** When requests are sent, whatever the responses do. */
  readonly pacer: Pacer | undefined;
  /** Most requests that were read and have not ended. */
  readonly maxInFlight: number;
  readonly onReplayed?: OnReplayed | undefined;
}

/** Sends the requests of a capture. Flows are given to it in the order in which they began. */
export class ClientReplay {
  private readonly order = new ConnectionOrder();
  private readonly sender: Sender;
  private readonly slots: Slots;
  private jobs = 0;
  private isStopped = false;
  private readonly onJobEnd: (() => void)[] = [];

  constructor(private readonly options: ClientReplayOptions) {
    this.sender = new Sender(options);
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
    this.sender.stop();
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
    const began = flowBegan(recorded);
    const due = pacer?.due(began);
    const job: Job = { index, recorded, prepared, due };
    if (!pacer) return this.start(job, this.order.enter(recorded.client.id, began, flowEnded(recorded)));
    const wait = untilDue(pacer, due!, clock);
    return wait ? wait.then(() => this.start(job)) : this.start(job);
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
    this.sender.close();
  }

  /** Others may wait for a request that is not sent. */
  private leaveOut(flow: Flow): undefined | Promise<void> {
    const received = flow.type === 'http' ? this.options.rewriter?.received(flow, undefined) : undefined;
    if (received) return received.finally(() => releaseFlow(flow));
    releaseFlow(flow);
    return undefined;
  }

  private start(job: Job, turn?: Turn): undefined | Promise<void> {
    this.jobs++;
    void this.run(job, turn);
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

  /** @param turn when it may be sent; undefined with a pacer */
  private async run(job: Job, turn: Turn | undefined): Promise<void> {
    const { recorded } = job;
    const { rewriter, observer, onReplayed } = this.options;
    let replayed: HttpFlow | undefined;
    try {
      if (turn?.ready) await turn.ready;
      const rewriting = this.isStopped ? undefined : rewriter?.prepare(recorded, job.prepared.request);
      const changes = rewriting && (await rewriting);
      const slot = this.slots.take();
      if (slot) await slot;
      try {
        if (!this.isStopped) replayed = await this.sender.send(job, changes);
      } finally {
        this.slots.give();
      }
      if (!replayed) {
        observer.unsent(job.index, recorded);
        job.prepared.request.body.release();
      }
      const received = rewriter?.received(recorded, replayed);
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
