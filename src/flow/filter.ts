import type { Flow } from './flow.js';

/**
 * The result of a filter: `later` if it depends on something that is not available yet (the response, the duration, a body). A
 * `no` holds for all later phases, unless an addon changes the flow.
 */
export type Verdict = 'yes' | 'no' | 'later';

/** Progress of a flow. Bodies are available in `request` (only that of the request), `response` and `end`. */
export type Phase = 'requestHeaders' | 'request' | 'responseHeaders' | 'response' | 'end';

/** A compiled filter expression. If it has `needsBodies`, call `loadBodies` before `evaluate`. */
export interface FlowFilter {
  /** The source expression. */
  readonly text: string;
  /** Whether it reads bodies or messages. */
  readonly needsBodies: boolean;
  evaluate(flow: Flow, phase: Phase): Verdict;
}

/**
 * Loads bodies and messages for filters, up to a limit of decoded bytes each.
 * @returns true if one of them is longer than the limit
 */
export async function loadBodies(flow: Flow, limit: number): Promise<boolean> {
  if (flow.type === 'http') {
    const request = await flow.request.body.load(limit);
    const response = (await flow.response?.body.load(limit)) ?? false;
    const messages = (await flow.messages?.load(limit)) ?? false;
    return request || response || messages;
  }
  return flow.type === 'dns' ? false : flow.messages.load(limit);
}

/** Frees the buffers that `loadBodies` made. */
export function unloadBodies(flow: Flow): void {
  if (flow.type === 'http') {
    flow.request.body.loaded = undefined;
    if (flow.response) flow.response.body.loaded = undefined;
    if (flow.messages) flow.messages.loaded = undefined;
  } else if (flow.type !== 'dns') flow.messages.loaded = undefined;
}
