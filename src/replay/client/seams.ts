import type { Flow, HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { Message } from '../../flow/message-log/message.js';
import type { Obstacle } from './request/replayable.js';

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

/**
 * Called once for each request that was sent, after its flow has ended, while the bodies of both flows can still be read;
 * both are released when it returns, or when its promise settles. It is also called if the request failed: then
 * `replayed.error` is set. Calls come in the order in which flows end, not in which they were sent.
 * @param recorded the flow of the capture, unchanged
 * @param replayed the new flow, as addons left it
 */
export type OnReplayed = (recorded: HttpFlow, replayed: HttpFlow) => void | Promise<void>;

/** Changes requests before they are sent, for example to values that earlier responses of this replay handed out. */
export interface RequestRewriter {
  /** A flow was read, in the order in which flows began. For each flow, this is the first call, and `received` the last. */
  announce(recorded: HttpFlow): void;
  /**
   * Changes a request that is due, after its destination was changed and before the hooks of addons. The request is not sent before
   * the promise resolves, so that it can wait for the response to an earlier one; then it does not hold up requests of
   * other connections.
   * @param recorded the flow of the capture; must not be changed
   * @param request the copy that is sent
   * @returns metadata of the flow that is sent
   */
  prepare(recorded: HttpFlow, request: HttpRequest): undefined | Promise<undefined | Readonly<Record<string, unknown>>>;
  /** Changes a message of a WebSocket that is about to be sent. @returns its content */
  message?(recorded: HttpFlow, message: Message): Buffer;
  /**
   * A request has ended, with a response or with `replayed.error`, and bodies can be read. It is also called with
   * `replayed` undefined for a request that was not sent.
   */
  received(recorded: HttpFlow, replayed: HttpFlow | undefined): undefined | Promise<void>;
  /** All requests of a round have ended; the next one begins with nothing carried over. */
  nextRound(): void;
}
