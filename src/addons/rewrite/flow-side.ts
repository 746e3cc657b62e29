import { type FlowFilter, loadBodies, type Phase, unloadBodies } from '../../flow/filter.js';
import type { HttpFlow } from '../../flow/flow.js';

/** The message of a flow that is being processed. */
export type Side = 'request' | 'response';

/** The phase in which only the head of a message is available. */
const HEAD: Readonly<Record<Side, Phase>> = { request: 'requestHeaders', response: 'responseHeaders' };

/** Whether an addon of this run has answered the request, or ended the flow. Such a request is not changed. */
export function isAnswered(flow: HttpFlow): boolean {
  return flow.killed || (flow.response !== undefined && flow.response !== flow.recordedResponse);
}

/**
 * Whether a filter matches the current state of a flow, as in mitmproxy: parts that have not arrived match nothing, so `!~c
 * 200` matches every request.
 * @param filter undefined matches all flows
 */
export function matchesNow(filter: FlowFilter | undefined, flow: HttpFlow, side: Side): boolean {
  return filter === undefined || evaluateAt(filter, flow, side, 'end') !== 'no';
}

/** Whether a filter may match once the body of the message is complete. */
export function mayMatch(filter: FlowFilter | undefined, flow: HttpFlow, side: Side): boolean {
  if (!filter?.needsBodies) return matchesNow(filter, flow, side);
  return evaluateAt(filter, flow, side, HEAD[side]) !== 'no';
}

/** Whether a filter matches a flow whose message is complete. @param limit decoded bytes of a body to search */
export async function matchesBodies(filter: FlowFilter, flow: HttpFlow, side: Side, limit: number): Promise<boolean> {
  await loadBodies(flow, limit);
  try {
    return matchesNow(filter, flow, side);
  } finally {
    unloadBodies(flow);
  }
}

/** Evaluates a filter without the parts that a flow of a capture has, but that the live flow did not have at this point. */
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
