import type { HttpFlow } from '../../flow/flow.js';
import type { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { encodeBody } from './encode-body.js';
import { pairsOf } from './header-pairs.js';
import { type JsonPieces, members } from './text/json-pieces.js';

/** Adds a request as an object. */
export function encodeRequest(out: JsonPieces, request: HttpRequest): void {
  const { method, scheme, host, port, authority, path } = request;
  const line = { method, url: request.prettyUrl, scheme, host, port, authority: authority || undefined, path };
  encodeMessage(out, request, line);
}

/** Adds a response as an object. */
export function encodeResponse(out: JsonPieces, response: HttpResponse): void {
  encodeMessage(out, response, { status: response.statusCode, reason: response.reason });
}

/** The interim responses of a flow, as members of objects; undefined if there were none. */
export function encodeInterim({ interim }: HttpFlow): Record<string, unknown>[] | undefined {
  if (!interim || interim.length === 0) return undefined;
  return interim.map(({ statusCode, reason, headers, timestamp }) => {
    return { status: statusCode, reason: reason || undefined, ...fieldMembers('headers', headers), timestamp };
  });
}

/** What says more of header and trailer fields than the pairs. */
export function headerMembers({ headers, trailers }: HttpRequest | HttpResponse): Record<string, unknown> {
  return { ...fieldMembers('headers', headers), ...(trailers && fieldMembers('trailers', trailers)) };
}

function encodeMessage(out: JsonPieces, message: HttpRequest | HttpResponse, line: Record<string, unknown>): void {
  const { httpVersion, timestampStart, timestampEnd } = message;
  const head = { ...line, httpVersion, ...headerMembers(message), timestampStart, timestampEnd };
  out.add(`{${members(head)}`);
  encodeBody(out, message);
  out.add('}');
}

function fieldMembers(key: string, fields: Headers): Record<string, unknown> {
  const { pairs, block } = pairsOf(fields);
  return { [key]: pairs, [`${key}Base64`]: block };
}
