import type { HttpFlow } from '../../flow/flow.js';
import { type Field, Headers } from '../../flow/http/headers.js';
import { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import type { InterimResponse } from '../../flow/http/interim-response.js';
import { normalizedHost } from '../../flow/text/host-name.js';
import { decodeBody, encodeBody } from './body.js';
import { type Fields, isText } from './fields.js';
import { headersOf, oneByteText, pairsOf } from './header-pairs.js';
import { decodeBase64 } from './text/base64.js';
import { type JsonPieces, members } from './text/json-pieces.js';

/** @throws JsonError */
export function decodeRequest(fields: Fields): HttpRequest {
  const method = fields.need(lineText(fields, 'method'), 'method');
  const headers = decodeHeaders(fields, 'headers') ?? new Headers();
  const request = new HttpRequest({
    method,
    ...decodeTarget(fields, method),
    authority: lineText(fields, 'authority') ?? '',
    httpVersion: lineText(fields, 'httpVersion') ?? 'HTTP/1.1',
    headers,
    body: decodeBody(fields, headers),
  });
  request.protocol = lineText(fields, 'protocol');
  return decodeShared(fields, request);
}

/** @throws JsonError */
export function decodeResponse(fields: Fields): HttpResponse {
  const headers = decodeHeaders(fields, 'headers') ?? new Headers();
  const response = new HttpResponse({
    statusCode: fields.need(fields.size('status'), 'status'),
    reason: lineText(fields, 'reason') ?? '',
    httpVersion: lineText(fields, 'httpVersion') ?? 'HTTP/1.1',
    headers,
    body: decodeBody(fields, headers),
  });
  return decodeShared(fields, response);
}

/** @throws JsonError */
export function decodeInterim(fields: Fields): InterimResponse {
  return {
    statusCode: fields.need(fields.size('status'), 'status'),
    reason: lineText(fields, 'reason') ?? '',
    headers: decodeHeaders(fields, 'headers') ?? new Headers(),
    timestamp: fields.number('timestamp') ?? 0,
  };
}

interface UrlParts {
  scheme: string;
  host: string;
  port: number;
  path: string;
}

/** The target of a request: from scheme, host, port and path, otherwise from the URL. */
function decodeTarget(fields: Fields, method: string): UrlParts {
  const scheme = lineText(fields, 'scheme');
  const given = lineText(fields, 'host');
  const host = given && normalizedHost(given);
  const port = fields.size('port');
  const path = lineText(fields, 'path');
  if (scheme !== undefined && host !== undefined && port !== undefined && path !== undefined) {
    return { scheme, host, port, path };
  }
  const target = parseUrl(fields, fields.need(fields.text('url'), 'url'), method);
  return {
    scheme: scheme ?? target.scheme,
    host: host ?? target.host,
    port: port ?? target.port,
    path: path ?? target.path,
  };
}

/** One-byte text for a request or status line. @throws JsonError if it contains a line break */
function lineText(fields: Fields, key: string): string | undefined {
  const text = fields.text(key);
  if (text === undefined) return undefined;
  if (/[\0\r\n]/.test(text)) throw fields.wrong(key, 'text on one line');
  return oneByteText(text);
}

function parseUrl(fields: Fields, url: string, method: string): UrlParts {
  const connect = method === 'CONNECT' && !url.includes('://');
  const scratch = new HttpRequest({ ...NOWHERE, headers: new Headers() });
  try {
    scratch.url = connect ? `https://${url}/` : url;
  } catch {
    throw fields.wrong('url', 'an absolute URL');
  }
  const { scheme, host, port, path } = scratch;
  return connect ? { scheme: '', host, port, path: '' } : { scheme, host, port, path };
}

const NOWHERE = { method: 'GET', scheme: '', host: '', port: 0, authority: '', path: '', httpVersion: '' };

function decodeHeaders(fields: Fields, key: string): Headers | undefined {
  const pairs = fields.items(key, isPair, 'a list of [name, value]');
  const block = fields.text(`${key}Base64`);
  if (fields.any(key) === undefined && block === undefined) return undefined;
  return headersOf(pairs, block === undefined ? undefined : decodeBase64(block));
}

function decodeShared<Message extends HttpRequest | HttpResponse>(fields: Fields, message: Message): Message {
  message.trailers = decodeHeaders(fields, 'trailers');
  message.timestampStart = fields.number('timestampStart') ?? 0;
  message.timestampEnd = fields.number('timestampEnd');
  return message;
}

function isPair(value: unknown): value is Field {
  return Array.isArray(value) && value.length === 2 && isText(value[0]) && isText(value[1]);
}

/** Adds a request as an object. */
export function encodeRequest(out: JsonPieces, request: HttpRequest): void {
  const { method, scheme, host, port, path, protocol } = request;
  const authority = request.authority || undefined;
  const line = { method, url: request.prettyUrl, scheme, host, port, authority, protocol, path };
  encodeMessage(out, request, line);
}

/** Adds a response as an object. */
export function encodeResponse(out: JsonPieces, response: HttpResponse): void {
  encodeMessage(out, response, { status: response.statusCode, reason: response.reason });
}

/** The interim responses of a flow, as members of objects; undefined without any. */
export function encodeInterim({ interim }: HttpFlow): Record<string, unknown>[] | undefined {
  if (!interim || interim.length === 0) return undefined;
  return interim.map(({ statusCode, reason, headers, timestamp }) => {
    return { status: statusCode, reason: reason || undefined, ...fieldMembers('headers', headers), timestamp };
  });
}

/** Members that supplement the pairs of header and trailer fields. */
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
