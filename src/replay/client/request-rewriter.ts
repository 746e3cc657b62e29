import type { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { Message } from '../../flow/message-log/message.js';

/** Modifies requests before they are sent, for example to use values from earlier responses of the replay. */
export interface RequestRewriter {
  /**
   * A flow was read. Flows are announced in the order in which they began. For each flow, this is the first call, and
   * `onEnded` the last.
   */
  onRead(recorded: HttpFlow): void;
  /**
   * Modifies a request before the hooks of addons. Its destination has already been changed. The request is sent after the
   * promise resolves, so it can wait for the response to an earlier request. Requests of other connections are not delayed.
   * @param recorded the flow of the capture; must not be modified
   * @param request the copy that is sent
   * @returns metadata for the new flow
   */
  rewrite(recorded: HttpFlow, request: HttpRequest): undefined | Promise<undefined | Readonly<Record<string, unknown>>>;
  /** Modifies a WebSocket message before it is sent. @returns the new content */
  rewriteMessage?(recorded: HttpFlow, message: Message): Buffer;
  /** A text message of a WebSocket server was received. @param number among the messages of the server, from 1 */
  onServerMessage?(recorded: HttpFlow, number: number, content: Buffer): void;
  /**
   * A request has ended, with a response or with `replayed.error`. Bodies can be read. For a request that was not sent,
   * `replayed` is undefined.
   */
  onEnded(recorded: HttpFlow, replayed: HttpFlow | undefined): undefined | Promise<void>;
  /** All requests of a round have ended. Values of this round are not used in the next one. */
  nextRound(): void;
}
