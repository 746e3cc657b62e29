import type { HttpFlow } from '../../flow/flow.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';
import { eventsUntilLeft } from '../left-stream.js';

/** Tolerance in seconds. Captures store rounded times, some in milliseconds. */
const ROUNDING = 0.002;

/**
 * The time at which a recorded response issues its values, in seconds since the epoch. Clients use the beginning of a
 * response before its end. For an event stream, it is the end, because a request that waits for a stream might wait forever,
 * unless the client left it: then the replay leaves it, too, when it has as many events.
 */
export function issuedAt(flow: HttpFlow): number {
  const { response } = flow;
  const atEnd = response?.isEventStream === true && eventsUntilLeft(flow) === undefined;
  const time = atEnd ? flowEnded(flow) : response?.timestampStart || flowEnded(flow);
  return time ?? flowBegan(flow);
}

/** Whether a value was issued before a request began. */
export function isIssuedBefore(issued: number, began: number): boolean {
  return issued <= began + ROUNDING;
}
