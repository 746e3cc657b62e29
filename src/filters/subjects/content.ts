import type { HttpMessage } from '../../flow/http/http-message.js';
import type { DnsFlow, DnsMessage, DnsRecord, Headers, HttpFlow, HttpRequest, MessageLog } from '../../flow/index.js';
import { readableHost } from '../../flow/text/host-name.js';
import { ipText } from '../../flow/text/ip-address.js';
import { type Certainty, decided, LATER, NO, type Predicate, REQUEST, RESPONSE, type Stage, YES } from '../verdict.js';
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

/** The questions and records of a DNS message as UTF-8 text, one per line. */
export function dnsText({ questions, answers, authorities, additionals }: DnsMessage): Buffer {
  const records = [...answers, ...authorities, ...additionals];
  return Buffer.from([...questions.map(({ name }) => name), ...records.map(recordText)].join('\r\n'));
}

/** Record types whose data has a text form (RFC 1035 section 3.2.2, RFC 3596). */
const TYPES: Readonly<Record<number, { name: string; format: (data: Buffer) => string | undefined }>> = {
  1: { name: 'A', format: (data) => (data.length === 4 ? data.join('.') : undefined) },
  2: { name: 'NS', format: domainName },
  5: { name: 'CNAME', format: domainName },
  12: { name: 'PTR', format: domainName },
  16: { name: 'TXT', format: utf8 },
  28: { name: 'AAAA', format: (data) => (data.length === 16 ? ipText(data) : undefined) },
};

function recordText({ type, data }: DnsRecord): string {
  const known = TYPES[type];
  if (!known) return `0x${data.toString('hex')}`;
  return known.format(data) ?? `0x${data.toString('hex')} (invalid ${known.name} data)`;
}

function utf8(data: Buffer): string | undefined {
  const text = data.toString();
  return Buffer.from(text).equals(data) ? text : undefined;
}

/**
 * Decodes a name of labels (RFC 1035 section 3.1). A name with a compression pointer needs its message, so it is not
 * decoded.
 */
function domainName(data: Buffer): string | undefined {
  const labels: string[] = [];
  let at = 0;
  for (;;) {
    const length = data[at++];
    if (length === undefined || length > 63 || at + length > data.length) return undefined;
    if (length === 0) return at === data.length ? labels.join('.') : undefined;
    const label = data.subarray(at, at + length);
    if (label.some((byte) => byte > 127)) return undefined;
    const text = label.toString('latin1');
    labels.push(readableHost(text));
    at += length;
  }
}
