import type { Clock } from '../../flow/clock.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { Downstream } from './downstream.js';
import type { ResponseSide } from './response-side.js';

/** An exchange after which the connection is not HTTP any more, or HTTP with somebody else: an upgrade, a CONNECT. */
export interface LeavingExchange {
  readonly flow: HttpFlow;
  readonly downstream: Downstream;
  readonly clock: Clock;
  readonly response: ResponseSide;
  /** Waits for hooks, if there are any. @throws KilledError, or ClientGoneError if the client left meanwhile */
  told(pending: Promise<void> | undefined): undefined | Promise<void>;
  /** From here on the client may end its side without being taken to have left. */
  acceptEnd(): void;
}
