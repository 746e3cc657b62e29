import { FlowNotLiveError, type HttpFlow, releaseFlow } from '../../../flow/flow.js';
import { type CreateClient, isIdempotent, Lanes } from '../lanes.js';
import type { PaceClock } from '../pace/clock.js';
import type { Prepared } from '../prepare.js';
import type { ReplayObserver, RequestRewriter } from '../seams.js';
import { WebSocketPlayer } from '../websocket/websocket-player.js';
import { backOff, mayRetry } from './retry.js';

export interface SenderOptions {
  /** Speed of the recorded rhythm, for WebSocket messages; undefined if they are sent in order. */
  readonly speed: number | undefined;
  /** Seconds; 0 for none. */
  readonly timeout: number;
  /** Further attempts after a failed connection. */
  readonly retries: number;
  readonly clock: PaceClock;
  readonly createClient: CreateClient;
  readonly observer: ReplayObserver;
  readonly rewriter?: RequestRewriter | undefined;
}

/** A request that is to be sent. */
export interface Job {
  /** Its place in the order of all flows. */
  readonly index: number;
  readonly recorded: HttpFlow;
  readonly prepared: Prepared;
  /** When it is due; undefined if the pace follows the responses. */
  readonly due: number | undefined;
}

/** Milliseconds to wait for messages that a server has sent in the recording. */
const PATIENCE = 5000;

/** Sends requests on connections that are kept for later ones. */
export class Sender {
  private readonly lanes: Lanes;
  private isStopped = false;

  constructor(private readonly options: SenderOptions) {
    this.lanes = new Lanes(options.createClient);
  }

  /** Makes no further attempt. */
  stop(): void {
    this.isStopped = true;
  }

  /** Closes the connections. */
  close(): void {
    this.lanes.close();
  }

  /**
   * Sends a request, again if the connection failed.
   * @param changes metadata of the flow
   * @returns undefined if the program ends, so that nothing was sent
   */
  async send(job: Job, changes: Readonly<Record<string, unknown>> | undefined): Promise<HttpFlow | undefined> {
    const { recorded, prepared, index, due } = job;
    const { observer, retries, clock, timeout, speed, rewriter } = this.options;
    const { request, serverName, hasCredentials: withCredentials } = prepared;
    const connection = recorded.client.id;
    const lane = this.lanes.take(connection);
    const isConversation = recorded.messages !== undefined;
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt >= retries;
      const metadata: Record<string, unknown> = { replayed_from: recorded.id };
      if (changes) Object.assign(metadata, changes);
      if (attempt > 0) metadata.replay_attempt = attempt + 1;
      const player = isConversation
        ? new WebSocketPlayer(recorded, {
            clock,
            speed,
            patience: PATIENCE,
            rewrite: (message) => rewriter?.message?.(recorded, message) ?? message.content,
          })
        : undefined;
      // A server that closes the connection after its response has done so by then.
      if (!isIdempotent(request.method)) await new Promise(setImmediate);
      const sent = clock.now();
      observer.begins(attempt);
      const client = lane.clientFor(connection, request, serverName);
      let flow: HttpFlow | undefined;
      try {
        flow = await client.send(isLast ? request : request.clone(), { timeout, metadata, player });
      } catch (error) {
        if (!(error instanceof FlowNotLiveError)) throw error;
      }
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
