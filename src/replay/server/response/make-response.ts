import { Body } from '../../../flow/body/body.js';
import { ByteLog } from '../../../flow/body/byte-log.js';
import type { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import type { Delivery } from '../../../flow/http/delivery.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { HttpResponse } from '../../../flow/http/http-response.js';
import { REASONS } from '../../../flow/http/reason-phrases.js';
import type { RecordedAnswer } from '../answers/recorded-answer.js';
import { acceptsCoding } from './accepted-coding.js';
import { hasCopy } from './not-modified.js';
import { withRecordedTiming } from './recorded-timing.js';
import { type DateMover, refresh } from './refresh.js';

export interface ResponseOptions {
  /** Whether dates are moved by the time since the recording. */
  readonly refresh: boolean;
  /** Factor for the recorded latency. */
  readonly latency: number;
  readonly policy: SpoolPolicy;
}

/**
 * Makes the response for a client from a recorded answer: sets the HTTP version, updates dates, and removes a content coding
 * that the client does not accept.
 * @param recorded this function takes ownership of it
 * @returns a promise only if a content coding is removed
 */
export function makeResponse(
  answer: RecordedAnswer,
  recorded: HttpResponse,
  request: HttpRequest,
  options: ResponseOptions,
  dates?: DateMover,
): HttpResponse | Promise<HttpResponse> {
  const began = recorded.timestampStart;
  const finish = (decoded: HttpResponse | undefined): HttpResponse => {
    const whole = decoded ?? recorded;
    const isExported = whole.statusCode === 304 && whole.body.size > 0 && request.method === 'GET';
    const response = inVersion(isExported && !hasCopy(request) ? modified(whole) : whole, request);
    if (options.refresh) refresh(response, Date.now() / 1000, dates);
    response.timestampStart = 0;
    response.timestampEnd = undefined;
    response.delivery = deliveryOf(answer, response, began, options.latency);
    return response;
  };
  const accepted = request.headers.get('accept-encoding');
  const mayStay = acceptsCoding(recorded.headers.get('content-encoding'), accepted, answer.acceptEncoding);
  return mayStay ? finish(undefined) : decode(recorded, options.policy).then(finish);
}

/** @returns undefined if there is no content coding, or it cannot be removed */
async function decode(recorded: HttpResponse, policy: SpoolPolicy): Promise<HttpResponse | undefined> {
  const { headers, body, statusCode, reason, httpVersion, trailers, timestampStart } = recorded;
  if (body.size === 0) return undefined;
  const log = new ByteLog(policy);
  try {
    for await (const chunk of body.chunks()) if (!log.append(chunk)) await log.drained();
  } catch {
    log.release();
    return undefined;
  }
  const fields = headers.clone();
  fields.delete('content-encoding');
  if (fields.has('content-length')) fields.set('Content-Length', String(log.size));
  const plain = Body.of(fields, log, log.size, body.complete);
  body.release();
  const response = new HttpResponse({ statusCode, reason, httpVersion, headers: fields, body: plain });
  response.trailers = trailers;
  response.timestampStart = timestampStart;
  return response;
}

/** Browsers export a 304 with the content of their cache (HAR). A client without a copy gets that content. */
function modified(recorded: HttpResponse): HttpResponse {
  const { headers, body, httpVersion, trailers, timestampStart } = recorded;
  const reason = recorded.reason === '' ? '' : REASONS[200]!;
  const response = new HttpResponse({ statusCode: 200, reason, httpVersion, headers, body });
  response.trailers = trailers;
  response.timestampStart = timestampStart;
  return response;
}

/** HTTP/2 and HTTP/3 responses have no reason phrase. HTTP/1 requires one. */
function inVersion(recorded: HttpResponse, request: HttpRequest): HttpResponse {
  const isHttp1 = (version: string): boolean => version.startsWith('HTTP/1');
  if (isHttp1(recorded.httpVersion) || !isHttp1(request.httpVersion)) return recorded;
  const { statusCode, headers, trailers, timestampStart, marks } = recorded;
  const fields = headers.clone();
  const body = recorded.body.clone(fields);
  const reason = recorded.reason || (REASONS[statusCode] ?? '');
  const response = new HttpResponse({ statusCode, reason, httpVersion: 'HTTP/1.1', headers: fields, body });
  response.trailers = trailers;
  response.timestampStart = timestampStart;
  response.marks = marks;
  recorded.body.release();
  return response;
}

function deliveryOf(
  { breaks, staysOpen, latency }: RecordedAnswer,
  response: HttpResponse,
  began: number,
  factor: number,
): Delivery | undefined {
  const { headers, body, marks, trailers } = response;
  const announced = contentLength(headers.get('content-length'));
  const isCoded = headers.has('transfer-encoding');
  const isOpen = isCoded || staysOpen || trailers !== undefined || (announced === undefined && response.isEventStream);
  const delay = latency * factor;
  if (!breaks && !isOpen && !marks && delay === 0) return undefined;
  const length = breaks ? announced : isOpen ? undefined : body.size;
  const pieces = marks && ((signal: AbortSignal) => withRecordedTiming(body, marks, began, factor, signal));
  return { delay, length: isCoded ? undefined : length, breaks, staysOpen, pieces, serve: undefined };
}

function contentLength(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
