import type { HttpFlow } from '../../../flow/flow.js';
import type { Fields } from '../../json/fields.js';
import { entryHead, mimeTypeOf, NO_CONTENT, requestHead, responseHead } from '../entry-heads.js';
import { type HarFacts, isObject, keep } from '../kept.js';
import { keepItems } from '../kept-items.js';

const OF_ENTRY = new Set([
  'request',
  'response',
  'timings',
  '_tsdump',
  '_webSocketMessages',
  '_messages',
  '_messageCount',
  '_messageSize',
]);
const OF_REQUEST = new Set(['headers', 'cookies', 'queryString', 'postData']);
const OF_POST = new Set(['text', 'params', '_base64', 'encoding']);
const OF_RESPONSE = new Set(['headers', 'cookies', 'content']);
const OF_CONTENT = new Set(['text', 'encoding']);
const NONE = new Set<string>();
const UNKNOWN_TIMINGS = { blocked: -1, dns: -1, connect: -1, ssl: -1 };

/** What an entry says and its flow has no place for. @param reused the connection was there before */
export function keepEntry(entry: Fields, flow: HttpFlow, reused: boolean): HarFacts {
  const { request, response, error } = flow;
  const facts: HarFacts = { kept: {} };
  if (reused) facts.reused = true;
  const head = entryHead(flow, !reused);
  const isWebSocket = flow.websocket !== undefined;
  keep(
    facts,
    'entry',
    entry.values,
    isWebSocket ? { ...head.entry, _resourceType: 'websocket' } : head.entry,
    OF_ENTRY,
  );
  const timings = entry.any('timings');
  // What is absent must not be written with the time of what is there.
  if (isObject(timings)) keep(facts, 'timings', { ...UNKNOWN_TIMINGS, ...timings }, { ...head.timings }, NONE);

  const asked = entry.any('request') as Record<string, unknown>;
  keep(facts, 'request', asked, requestHead(request), OF_REQUEST);
  keepCookies(facts, 'request', asked, request.headers.has('cookie'));
  const isSent = request.body.size > 0 && request.body.kept;
  keep(facts, 'postData', asked.postData, isSent ? { mimeType: mimeTypeOf(request) } : {}, isSent ? OF_POST : NONE);
  const answered = entry.any('response');
  if (isObject(answered)) {
    keep(facts, 'response', answered, responseHead(response, error?.message), OF_RESPONSE);
    keepCookies(facts, 'response', answered, response?.headers.has('set-cookie') ?? false);
    const size = response?.body.size;
    const content = response ? { size, mimeType: mimeTypeOf(response) } : NO_CONTENT;
    keep(facts, 'content', answered.content, content, response?.body.kept ? OF_CONTENT : NONE);
    const items = response && keepItems(answered.headers, response.headers);
    if (items) facts.items = { response: items };
  }
  const items = keepItems(asked.headers, request.headers);
  if (items) facts.items = { ...facts.items, request: items };
  return facts;
}

/** Cookies follow from the headers. Some programs leave those out. */
function keepCookies(
  facts: HarFacts,
  part: 'request' | 'response',
  message: Record<string, unknown>,
  has: boolean,
): void {
  const { cookies } = message;
  if (!has) keep(facts, part, { cookies }, { cookies: [] }, NONE);
}
