import type { Clock } from '../../flow/clock.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { ProtocolError } from '../errors.js';
import type { ClientSide } from './client-side.js';
import type { Outcome } from './outcome.js';
import type { RequestSide } from './request-side.js';
import type { ResponseSide } from './response-side.js';
import type { ServerSide } from './server-side.js';
import type { IncomingRequest, OutgoingRequest } from './wire.js';

/** The interface of an exchange for authentication, and for the handling of a CONNECT. */
export interface ExchangeParts {
  readonly flow: HttpFlow;
  readonly client: ClientSide;
  readonly incoming: IncomingRequest;
  readonly clock: Clock;
  readonly request: RequestSide;
  readonly response: ResponseSide;
  readonly server: ServerSide;
  /**
   * Waits for hooks, then throws if they or the client have ended the exchange.
   * @returns a promise only if a hook is pending
   */
  afterHooks(pending: Promise<void> | undefined): undefined | Promise<void>;
  /** Waits for pending work between the end of the response and the end of the exchange. */
  settle(outgoing: OutgoingRequest, done: Promise<void> | undefined): Promise<Outcome>;
  /** Refuses the request: only the hooks of its end run. */
  refuse(refusal: ProtocolError): never;
}
