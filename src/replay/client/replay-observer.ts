import type { Flow, HttpFlow } from '../../flow/flow.js';
import type { Obstacle } from './request/replayable.js';

/** Details of a sent request. Times are milliseconds of the clock. */
export interface SendDetails {
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
  ended(index: number, recorded: HttpFlow, replayed: HttpFlow, times: SendDetails): void;
  /** An attempt to send a request begins. @param attempt from 0 */
  begins(attempt: number): void;
  /** An unexpected error in this module or in a callback. */
  crashed(error: unknown): void;
}
