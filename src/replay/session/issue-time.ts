import type { HttpFlow } from '../../flow/flow.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';

/** Tolerance in seconds. Captures store rounded times, some in milliseconds. */
const ROUNDING = 0.002;

/**
 * The time at which a recorded response issues its values, in seconds since the epoch. Clients use the beginning of a
 * response before its end. For an event stream, it is the end, because a request that waits for a stream might wait forever.
 */
export function issuedAt(flow: HttpFlow): number {
  const { response } = flow;
  const time = response?.isEventStream ? flowEnded(flow) : response?.timestampStart || flowEnded(flow);
  return time ?? flowBegan(flow);
}

/** Whether a value was issued before a request began. */
export function isIssuedBefore(issued: number, began: number): boolean {
  return issued <= began + ROUNDING;
}

/** Whether a method is safe (RFC 9110 section 9.2.1). A response to a safe method creates no new values. */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
