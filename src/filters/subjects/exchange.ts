import type { HttpFlow, HttpResponse } from '../../flow/index.js';
import { type Certainty, decided, LATER, NO, RESPONSE_HEADERS, type Stage } from '../verdict.js';
import { someField } from './fields.js';

/** Applies a test to the response of an HTTP flow. Without a response, the result depends on the stage. */
export function ofResponse(flow: HttpFlow, stage: Stage, matches: (response: HttpResponse) => boolean): Certainty {
  return flow.response ? decided(matches(flow.response)) : absentResponse(stage);
}

/** Certainty about a missing response. */
export function absentResponse(stage: Stage): Certainty {
  return stage < RESPONSE_HEADERS ? LATER : NO;
}

/** Whether the connection of this exchange was or may still be upgraded and carry messages (RFC 9110 section 7.8). */
export function mayBeUpgraded({ request, response, messages, websocket }: HttpFlow): boolean {
  if (messages !== undefined || websocket !== undefined || request.method === 'CONNECT') return true;
  return response ? response.statusCode === 101 : someField(request.headers, 'upgrade', () => true);
}
