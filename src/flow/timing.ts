import type { Flow, HttpFlow } from './flow.js';

/** When a flow began, in seconds since the epoch. For HTTP this is the first byte of the request, if known. */
export function flowBegan(flow: Flow): number {
  if (flow.type === 'dns') return flow.request.timestamp;
  return (flow.type === 'http' && flow.request.timestampStart) || flow.timestampCreated;
}

/** When a flow ended, in seconds since the epoch. A flow that failed before its response ended with its error. */
export function flowEnded(flow: Flow): number | undefined {
  return lastByte(flow) ?? flow.error?.timestamp;
}

function lastByte(flow: Flow): number | undefined {
  if (flow.type === 'dns') return flow.response?.timestamp;
  if (flow.type === 'http') return flow.messages ? upgradedEnd(flow) : flow.response?.timestampEnd;
  return flow.client.timestampEnd ?? flow.server.timestampEnd;
}

function upgradedEnd(flow: HttpFlow): number | undefined {
  return flow.websocket?.timestamp ?? flow.client.timestampEnd ?? flow.server.timestampEnd;
}
