import type { HttpFlow } from '../../flow/flow.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';

/** Times of captures are rounded, some to milliseconds. */
const ROUNDING = 0.002;

/**
 * When the values of a recorded response were there to be used, in seconds since the epoch. Clients use what has arrived of a
 * response before its end, but a request that waits for an event stream might wait forever.
 */
export function handedOutAt(flow: HttpFlow): number {
  const { response } = flow;
  const time = response?.isEventStream ? flowEnded(flow) : response?.timestampStart || flowEnded(flow);
  return time ?? flowBegan(flow);
}

/** Whether a value was there before a request began. */
export function isBefore(handedOut: number, began: number): boolean {
  return handedOut <= began + ROUNDING;
}

/** Whether a method creates nothing (RFC 9110 section 9.2.1), so that its response repeats what is known. */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
