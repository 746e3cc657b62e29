import type { HttpFlow, HttpResponse } from '../../flow/index.js';
import { type Certainty, decided, LATER, NO, RESPONSE_HEADERS, type Stage } from '../verdict.js';
import { someField } from './fields.js';

/** Asks the response of an HTTP flow, or says that it is to come. */
export function ofResponse(flow: HttpFlow, stage: Stage, matches: (response: HttpResponse) => boolean): Certainty {
  return flow.response ? decided(matches(flow.response)) : absentResponse(stage);
}

/** What is known of a response that is not there. */
export function absentResponse(stage: Stage): Certainty {
  return stage < RESPONSE_HEADERS ? LATER : NO;
}

/** Whether the connection of this exchange was or may yet be upgraded (RFC 9110 section 7.8), and messages go over it. */
export function mayBeUpgraded({ request, response, messages, websocket }: HttpFlow): boolean {
  if (messages !== undefined || websocket !== undefined || request.method === 'CONNECT') return true;
  return response ? response.statusCode === 101 : someField(request.headers, 'upgrade', () => true);
}
