import type { HttpMessage } from '../../flow/http/http-message.js';
import type { DnsFlow, Headers, HttpFlow, HttpRequest, MessageLog } from '../../flow/index.js';
import { type Certainty, decided, LATER, NO, type Predicate, REQUEST, RESPONSE, type Stage, YES } from '../verdict.js';
import { dnsText } from './dns-text.js';
import { absentResponse, mayBeUpgraded } from './exchange.js';

/** @param headers of the message, if it is a body @param request the request, if it is a body */
export type ContentTest = (content: Buffer, headers?: Headers, request?: HttpRequest) => boolean;

/** The sender of the content: the client, the server, or either. */
export type Direction = 'either' | 'client' | 'server';

const EMPTY = Buffer.alloc(0);

/**
 * Whether any content of a flow passes a test: a decoded body, a message of a WebSocket, TCP or UDP flow, or a DNS
 * message in its text form. Content that was not kept does not pass.
 */
export function someContent(direction: Direction, test: ContentTest): Predicate {
  return (flow, stage) => {
    if (flow.type === 'http') return inHttp(flow, stage, direction, test);
    if (flow.type === 'dns') return inDns(flow, stage, direction, test);
    return inMessages(flow.messages, stage, direction, test);
  };
}

function inHttp(flow: HttpFlow, stage: Stage, direction: Direction, test: ContentTest): Certainty {
  const { request, response } = flow;
  const inRequest = direction === 'server' ? NO : inBody(request, request, stage, REQUEST, test);
  if (inRequest === YES) return YES;
  let inResponse: Certainty = NO;
  if (direction !== 'client')
    inResponse = response ? inBody(response, request, stage, RESPONSE, test) : absentResponse(stage);
  if (inResponse === YES) return YES;
  const inUpgraded = mayBeUpgraded(flow) ? inMessages(flow.messages, stage, direction, test) : NO;
  return Math.max(inRequest, inResponse, inUpgraded) as Certainty;
}

/** @param ready the stage at which the body is loaded; from `RESPONSE` on, all bodies are */
function inBody(
  { body, headers }: HttpMessage,
  request: HttpRequest,
  stage: Stage,
  ready: Stage,
  test: ContentTest,
): Certainty {
  const content = body.loaded ?? (body.complete && body.size === 0 ? EMPTY : undefined);
  if (content && test(content, headers, request)) return YES;
  const isLast = stage === ready || stage >= RESPONSE || (body.complete && (content !== undefined || !body.kept));
  return isLast ? NO : LATER;
}

function inDns(flow: DnsFlow, stage: Stage, direction: Direction, test: ContentTest): Certainty {
  if (direction !== 'server' && test(dnsText(flow.request))) return YES;
  if (direction === 'client') return NO;
  return flow.response ? decided(test(dnsText(flow.response))) : absentResponse(stage);
}

function inMessages(log: MessageLog | undefined, stage: Stage, direction: Direction, test: ContentTest): Certainty {
  const messages = log?.loaded ?? [];
  for (const { fromClient, content } of messages) {
    if ((direction === 'either' || fromClient === (direction === 'client')) && test(content)) return YES;
  }
  return stage < RESPONSE ? LATER : NO;
}
