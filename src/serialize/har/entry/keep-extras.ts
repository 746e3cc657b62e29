import type { HttpFlow } from '../../../flow/flow.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { Fields } from '../../json/fields.js';
import { type HarExtras, isObject, keep, keepMember } from '../extras.js';
import { keepItems } from '../header-items.js';
import {
  entryHead,
  mimeTypeOf,
  NO_CONTENT,
  pseudoFields,
  pseudoStatus,
  requestHead,
  responseHead,
} from '../message/entry-heads.js';

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
const UNKNOWN_TIMINGS = ['blocked', 'dns', 'connect', 'ssl'] as const;

/** Keeps the members of an entry that its flow cannot represent. @param reused whether the connection existed before */
export function keepEntry(extras: HarExtras, entry: Fields, flow: HttpFlow, reused: boolean): void {
  const { request, response, error } = flow;
  const { startedDateTime } = entry.values;
  extras.kept = {};
  if (reused) extras.reused = true;
  const head = entryHead(flow, !reused, plainTime(startedDateTime, request.timestampStart));
  if (flow.websocket) head.entry._resourceType = 'websocket';
  keep(extras, 'entry', entry.values, head.entry, OF_ENTRY);
  const timings = entry.any('timings');
  if (isObject(timings)) {
    keep(extras, 'timings', timings, head.timings, NONE);
    // Absent timings must not be written with computed values.
    for (const key of UNKNOWN_TIMINGS) {
      if (timings[key] === undefined) keepMember(extras, 'timings', key, -1, head.timings[key]);
    }
  }

  const requestObject = entry.any('request') as Record<string, unknown>;
  keep(extras, 'request', requestObject, requestHead(request, plainUrl(requestObject.url, request)), OF_REQUEST);
  keepCookies(extras, 'request', requestObject, request.headers.has('cookie'));
  const isSent = request.body.size > 0 && request.body.kept;
  keep(
    extras,
    'postData',
    requestObject.postData,
    isSent ? { mimeType: mimeTypeOf(request) } : {},
    isSent ? OF_POST : NONE,
  );
  const responseObject = entry.any('response');
  if (isObject(responseObject)) {
    keep(extras, 'response', responseObject, responseHead(response, error?.message), OF_RESPONSE);
    keepCookies(extras, 'response', responseObject, response?.headers.has('set-cookie') ?? false);
    const size = response?.body.size;
    const content = response ? { size, mimeType: mimeTypeOf(response) } : NO_CONTENT;
    keep(extras, 'content', responseObject.content, content, response?.body.kept ? OF_CONTENT : NONE);
    const items = response && keepItems(responseObject.headers, response.headers, pseudoStatus(response));
    if (items) extras.items = { response: items };
  }
  const items = keepItems(requestObject.headers, request.headers, pseudoFields(request));
  if (items) extras.items = { ...extras.items, request: items };
}

/** Cookies follow from the headers, but some programs leave the headers out. */
function keepCookies(
  extras: HarExtras,
  part: 'request' | 'response',
  message: Record<string, unknown>,
  has: boolean,
): void {
  const { cookies } = message;
  const isList = Array.isArray(cookies);
  if (!has && !(isList && cookies.length === 0)) keepMember(extras, part, 'cookies', cookies, []);
}

/** The format in which times are written. Days after the 28th are excluded, as not every month has them. */
const PLAIN_TIME = /^\d{4}-\d\d-(?:[01]\d|2[0-8])T(?:[01]\d|2[0-3]):\d\d:\d\d\.\d{3}Z$/;

/** The date of an entry, if it certainly equals the one that would be written for its flow. */
function plainTime(text: unknown, started: number): string | undefined {
  return started !== 0 && typeof text === 'string' && PLAIN_TIME.test(text) ? text : undefined;
}

/** The URL of an entry, if it certainly equals the one that would be written for its request. */
function plainUrl(url: unknown, request: HttpRequest): string | undefined {
  const { scheme, httpVersion, headers, path, authority } = request;
  const named = httpVersion.startsWith('HTTP/1') ? headers.get('host') : authority;
  const isPlain = named !== undefined && /^[a-z0-9][a-z0-9.-]*$/.test(named) && path.startsWith('/');
  return isPlain && url === `${scheme}://${named}${path}` ? url : undefined;
}
