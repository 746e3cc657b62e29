import { type FlowFilter, loadBodies, type Phase, unloadBodies } from '../../flow/filter.js';
import type { HttpFlow } from '../../flow/flow.js';

/** Whether the request or the response of a flow is at hand. */
export type Side = 'request' | 'response';

/** The moment at which the head of a message is there, and nothing else of it. */
const HEAD: Readonly<Record<Side, Phase>> = { request: 'requestHeaders', response: 'responseHeaders' };

/** Whether an addon of this run has answered the request, or ended the flow. Nothing of the request is changed then. */
export function isAnswered(flow: HttpFlow): boolean {
  return flow.killed || (flow.response !== undefined && flow.response !== flow.recordedResponse);
}

/**
 * Whether a filter matches a flow as it is at this moment, as mitmproxy asks it: what has yet to come matches nothing, so
 * that `!~c 200` matches each request.
 * @param filter undefined matches all flows
 */
export function matchesNow(filter: FlowFilter | undefined, flow: HttpFlow, side: Side): boolean {
  return filter === undefined || evaluateAt(filter, flow, side, 'end') !== 'no';
}

/** Whether it may match when the body of the message is there. */
export function mayMatch(filter: FlowFilter | undefined, flow: HttpFlow, side: Side): boolean {
  if (!filter?.needsBodies) return matchesNow(filter, flow, side);
  return evaluateAt(filter, flow, side, HEAD[side]) !== 'no';
}

/** Whether it matches a flow whose message is complete. @param limit of bytes of a body that are searched */
export async function matchesBodies(filter: FlowFilter, flow: HttpFlow, side: Side, limit: number): Promise<boolean> {
  await loadBodies(flow, limit);
  try {
    return matchesNow(filter, flow, side);
  } finally {
    unloadBodies(flow);
  }
}

/** A flow that is read from a capture has more than it had when it was live: that is left out. */
function evaluateAt(filter: FlowFilter, flow: HttpFlow, side: Side, phase: Phase) {
  const { response, error, websocket } = flow;
  if (error === undefined && websocket === undefined && (side === 'response' || response === undefined)) {
    return filter.evaluate(flow, phase);
  }
  flow.error = undefined;
  flow.websocket = undefined;
  if (side === 'request') flow.response = undefined;
  try {
    return filter.evaluate(flow, phase);
  } finally {
    flow.error = error;
    flow.websocket = websocket;
    flow.response = response;
  }
}
