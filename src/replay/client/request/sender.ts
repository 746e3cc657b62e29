import { FlowNotLiveError, type HttpFlow, releaseFlow } from '../../../flow/flow.js';
import { IDEMPOTENT } from '../../../flow/http/methods.js';
import { limitOfLeft } from '../../left-stream.js';
import { type CreateClient, Lanes } from '../lanes.js';
import type { PaceClock } from '../pace/clock.js';
import type { Prepared } from '../prepare-request.js';
import type { ReplayObserver } from '../replay-observer.js';
import type { RequestRewriter } from '../request-rewriter.js';
import { WebSocketPlayer } from '../websocket-player.js';
import { hasRecordedCredentials } from './credentials.js';
import { backOff, mayRetry } from './retry.js';

export interface SenderOptions {
  /** Factor for the recorded timing of WebSocket messages; undefined sends them in order, without recorded pauses. */
  readonly speed: number | undefined;
  /** Timeout in seconds; 0 disables it. */
  readonly timeout: number;
  /** Maximum number of further attempts after a failed connection. */
  readonly retries: number;
  readonly clock: PaceClock;
  readonly createClient: CreateClient;
  readonly observer: ReplayObserver;
  readonly rewriter?: RequestRewriter | undefined;
}

/** A request to send. */
export interface ReplayJob {
  /** Number of the flow in the capture. */
  readonly index: number;
  readonly recorded: HttpFlow;
  readonly prepared: Prepared;
  /** Due time; undefined without a pacer. */
  readonly due: number | undefined;
}

/** Changes of the metadata of a new flow. */
type Metadata = Readonly<Record<string, unknown>>;

/** Milliseconds to wait for a recorded WebSocket message of the server. */
const PATIENCE = 5000;

/** Sends requests on persistent connections. */
export class Sender {
  private readonly lanes: Lanes;
  private isStopped = false;

  constructor(private readonly options: SenderOptions) {
    this.lanes = new Lanes(options.createClient);
  }

  /** Disables further attempts. */
  stop(): void {
    this.isStopped = true;
  }

  /** Closes the connections. */
  close(): void {
    this.lanes.close();
  }

  /**
   * Sends a request, with further attempts if its connection fails.
   * @param changes metadata for the new flow
   * @returns undefined if the proxy shut down before the request was sent
   */
  async send(job: ReplayJob, changes: Metadata | undefined): Promise<HttpFlow | undefined> {
    const { recorded, prepared, index, due } = job;
    const { observer, retries, clock, timeout } = this.options;
    const { request, serverName } = prepared;
    const withCredentials = hasRecordedCredentials(request.headers, recorded.request.headers);
    const connection = recorded.client.id;
    const lane = this.lanes.acquire(connection);
    const leaveAfter = limitOfLeft(recorded);
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt >= retries;
      const metadata = metadataOf(recorded, changes, attempt);
      const player = recorded.messages && this.playerOf(recorded);
      // Gives the event loop a chance to notice that the server has closed an idle connection. A request that is not idempotent
      // must not be lost on it.
      if (!IDEMPOTENT.has(request.method)) await new Promise(setImmediate);
      const sent = clock.now();
      observer.begins(attempt);
      const client = lane.clientFor(connection, request, serverName);
      let flow: HttpFlow | undefined;
      try {
        flow = await client.send(isLast ? request : request.clone(), { timeout, metadata, player, leaveAfter });
      } catch (error) {
        if (!(error instanceof FlowNotLiveError)) throw error;
      }
      const ended = clock.now();
      if (flow && !isLast && !this.isStopped && mayRetry(flow)) {
        releaseFlow(flow);
        await clock.wait(backOff(attempt));
        if (!this.isStopped) continue;
      }
      this.lanes.release(lane);
      if (flow && !isLast) request.body.release();
      if (flow) observer.ended(index, recorded, flow, { due, sent, ended, withCredentials });
      return flow;
    }
  }

  /** Plays the client after the upgrade of a WebSocket. */
  private playerOf(recorded: HttpFlow): WebSocketPlayer {
    const { clock, speed, rewriter } = this.options;
    return new WebSocketPlayer(recorded, {
      clock,
      speed,
      patience: PATIENCE,
      onText: rewriter && ((number, content) => rewriter.onServerMessage?.(recorded, number, content)),
      rewrite: (message) => rewriter?.rewriteMessage?.(recorded, message) ?? message.content,
    });
  }
}

/** Metadata for the flow of an attempt, which is counted from 0. */
function metadataOf(recorded: HttpFlow, changes: Metadata | undefined, attempt: number): Record<string, unknown> {
  const metadata: Record<string, unknown> = { replayed_from: recorded.id };
  if (changes) Object.assign(metadata, changes);
  if (attempt > 0) metadata.replay_attempt = attempt + 1;
  return metadata;
}
