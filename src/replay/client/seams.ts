import type { Flow, HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { Message } from '../../flow/message-log/message.js';
import type { Obstacle } from './request/replayable.js';

/** Details of a sent request. Times are milliseconds of the clock. */
export interface ReplayedHow {
  /** Undefined without a pacer. */
  readonly due: number | undefined;
  readonly sent: number;
  readonly ended: number;
  /** Whether recorded credentials were sent. */
  readonly withCredentials: boolean;
}

/** Is notified of the events of a replay. For each flow of the capture, exactly one of the first four methods is called. */
export interface ReplayObserver {
  /** The flow cannot be replayed. */
  skipped(index: number, flow: Flow, obstacle: Obstacle): void;
  /** The server of the flow has no mapping. */
  refused(index: number, flow: HttpFlow): void;
  /** The replay stopped before the request was sent. */
  unsent(index: number, flow: HttpFlow): void;
  /** The request was sent and its flow has ended. Bodies can be read. */
  ended(index: number, recorded: HttpFlow, replayed: HttpFlow, times: ReplayedHow): void;
  /** An attempt to send a request begins. @param attempt from 0 */
  begins(attempt: number): void;
  /** An unexpected error in this module or in a callback. */
  crashed(error: unknown): void;
}

/**
 * Called once for each request that was sent, after its flow has ended. The bodies of both flows can be read until it returns
 * or its promise settles; then they are released. If the request failed, `replayed.error` is set. Calls are made in the order
 * in which flows end.
 * @param recorded the flow of the capture, unchanged
 * @param replayed the new flow, including changes by addons
 */
export type OnReplayed = (recorded: HttpFlow, replayed: HttpFlow) => void | Promise<void>;

/** Modifies requests before they are sent, for example to use values from earlier responses of the replay. */
export interface RequestRewriter {
  /**
   * A flow was read. Flows are announced in the order in which they began. For each flow, this is the first call, and
   * `received` the last.
   */
  announce(recorded: HttpFlow): void;
  /**
   * Modifies a request before the hooks of addons. Its destination has already been changed. The request is sent after the
   * promise resolves, so it can wait for the response to an earlier request. Requests of other connections are not delayed.
   * @param recorded the flow of the capture; must not be modified
   * @param request the copy that is sent
   * @returns metadata for the new flow
   */
  prepare(recorded: HttpFlow, request: HttpRequest): undefined | Promise<undefined | Readonly<Record<string, unknown>>>;
  /** Modifies a WebSocket message before it is sent. @returns the new content */
  message?(recorded: HttpFlow, message: Message): Buffer;
  /** A text message of a WebSocket server was received. @param number among the messages of the server, from 1 */
  serverMessage?(recorded: HttpFlow, number: number, content: Buffer): void;
  /**
   * A request has ended, with a response or with `replayed.error`. Bodies can be read. For a request that was not sent,
   * `replayed` is undefined.
   */
  received(recorded: HttpFlow, replayed: HttpFlow | undefined): undefined | Promise<void>;
  /** All requests of a round have ended. Values of this round are not used in the next one. */
  nextRound(): void;
}
