import type { FlowFilter, Phase, Verdict } from '../filter.js';
import type { Flow } from '../flow.js';
import type { HookName } from './hooks.js';

/** The progress of a flow when a hook is called, for the filters of addons. */
export const PHASES: Partial<Record<HookName, Phase>> = {
  httpConnect: 'requestHeaders',
  requestHeaders: 'requestHeaders',
  request: 'request',
  dnsRequest: 'request',
  responseHeaders: 'responseHeaders',
  serverSentEvent: 'responseHeaders',
  response: 'response',
  dnsResponse: 'response',
  tcpStart: 'requestHeaders',
  udpStart: 'requestHeaders',
  websocketStart: 'responseHeaders',
  tcpMessage: 'responseHeaders',
  udpMessage: 'responseHeaders',
  websocketMessage: 'responseHeaders',
  tcpEnd: 'response',
  udpEnd: 'response',
  websocketEnd: 'response',
  httpConnectError: 'end',
  error: 'end',
  flowEnd: 'end',
};

/** For hooks with bodies: an earlier phase, in which a filter gives no verdict on bodies that are not loaded, except `no`. */
export const BODILESS_PHASES: Partial<Record<Phase, Phase>> = {
  request: 'requestHeaders',
  response: 'responseHeaders',
  end: 'responseHeaders',
};

/** Maximum number of filters whose verdict is cached: the bits of a small integer (Smi). */
const MAX_BITS = 30;

/** Assigns one bit per filter, even if several addons share it. */
export function bitOf(filter: FlowFilter, bits: Map<FlowFilter, number>): number {
  let bit = bits.get(filter);
  if (bit === undefined) {
    bit = bits.size < MAX_BITS ? 1 << bits.size : 0;
    bits.set(filter, bit);
  }
  return bit;
}

/** The verdict of a filter; a `no` is remembered in the flow. */
export function verdictOf(filter: FlowFilter, bit: number, flow: Flow, phase: Phase): Verdict {
  if ((flow.ruledOut & bit) !== 0) return 'no';
  const verdict = filter.evaluate(flow, phase);
  if (verdict === 'no') flow.ruledOut |= bit;
  return verdict;
}

/** Whether the filter of an addon rejects a flow. */
export function isRuledOut(filter: FlowFilter | undefined, bit: number, flow: Flow, phase: Phase): boolean {
  return filter !== undefined && verdictOf(filter, bit, flow, phase) === 'no';
}
