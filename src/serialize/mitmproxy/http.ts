import type { Body } from '../../flow/body/body.js';
import type { HttpFlow } from '../../flow/flow.js';
import { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import type { MitmproxyExtras, TsdumpExtras } from './extras.js';
import type { EncodedMessages } from './messages.js';
import { RawMessage } from './raw-message.js';
import { encodePairs, type Pair } from './tnetstring/header-pairs.js';
import { decodeHost, encodeHost } from './tnetstring/host-text.js';
import { TAG } from './tnetstring/tnetstring.js';
import type { TnetstringDecoder } from './tnetstring/tnetstring-decoder.js';
import type { TnetstringEncoder } from './tnetstring/tnetstring-encoder.js';
import { VERSIONS } from './versions.js';

const REQUEST_KEYS = 12;
const RESPONSE_KEYS = 8;

export interface DecodedRequest {
  request: HttpRequest;
  raw: RawMessage;
}

export interface DecodedResponse {
  response: HttpResponse;
  raw: RawMessage;
}

/** @throws FieldError or TnetstringError */
export function decodeRequest(
  input: TnetstringDecoder,
  version: number,
  own: TsdumpExtras | undefined,
): DecodedRequest {
  const raw = new RawMessage();
  const line = { method: '', scheme: '', host: '', port: 0, authority: '', path: '' };
  const end = input.enter(TAG.dictionary);
  while (input.at < end) {
    const key = input.key();
    switch (key) {
      case 'method':
      case 'scheme':
      case 'authority':
      case 'path':
        line[key] = input.latin1();
        break;
      case 'host':
        line.host = decodeHost(input.text());
        break;
      case 'port':
        line.port = input.number();
        break;
      default:
        raw.decode(input, key);
        continue;
    }
    raw.count();
  }
  input.leave(end);
  const missing = (version < VERSIONS.trailers ? 1 : 0) + (version < VERSIONS.authority ? 1 : 0);
  const headers = raw.check('request', REQUEST_KEYS - missing);
  const body = raw.body(headers, 'request', own);
  const request = new HttpRequest({ ...line, httpVersion: raw.httpVersion, headers, body });
  request.trailers = raw.trailers;
  request.timestampStart = raw.start ?? 0;
  request.timestampEnd = raw.end;
  return { request, raw };
}

/** @throws FieldError or TnetstringError */
export function decodeResponse(
  input: TnetstringDecoder,
  version: number,
  own: TsdumpExtras | undefined,
  request: HttpRequest,
): DecodedResponse {
  const raw = new RawMessage();
  const line = { statusCode: 0, reason: '' };
  const end = input.enter(TAG.dictionary);
  while (input.at < end) {
    const key = input.key();
    // `code` before version 0.14, `msg` before 0.16.
    if (key === 'status_code' || key === 'code') line.statusCode = input.number();
    else if (key === 'reason' || key === 'msg') line.reason = input.optionalLatin1() ?? '';
    else {
      raw.decode(input, key);
      continue;
    }
    raw.count();
  }
  input.leave(end);
  const headers = raw.check('response', RESPONSE_KEYS - (version < VERSIONS.trailers ? 1 : 0));
  if (raw.start === undefined && version < VERSIONS.comment) {
    raw.start = request.timestampEnd;
    raw.end = (request.timestampEnd ?? 0) + 1;
  }
  const response = new HttpResponse({
    ...line,
    httpVersion: raw.httpVersion,
    headers,
    body: raw.body(headers, 'response', own),
  });
  response.trailers = raw.trailers;
  response.timestampStart = raw.start ?? 0;
  response.timestampEnd = raw.end;
  return { response, raw };
}

/** Encodes the entries that only HTTP flows have, from the last to the first. */
export function encodeHttp(
  out: TnetstringEncoder,
  flow: HttpFlow,
  messages: EncodedMessages | null,
  extras: MitmproxyExtras,
): void {
  if (messages) encodeWebSocket(out, flow, messages);
  else out.null();
  out.key('websocket');
  if (flow.response) encodeResponse(out, flow.response, extras);
  else out.null();
  out.key('response');
  encodeRequest(out, flow.request, extras);
  out.key('request');
}

/** Whether a body is written. An empty incomplete body is null, as in mitmproxy. */
export function isWritten(body: Body): boolean {
  return body.kept && (body.size > 0 || body.complete);
}

function encodeRequest(out: TnetstringEncoder, request: HttpRequest, extras: MitmproxyExtras): void {
  const map = out.open(TAG.dictionary);
  encodeMessage(out, request, extras.requestHeaders, extras.requestTrailers);
  for (const key of ['path', 'authority', 'scheme', 'method'] as const) {
    out.bytes(request[key]);
    out.key(key);
  }
  out.integer(request.port);
  out.key('port');
  out.text(encodeHost(request.host));
  out.key('host');
  out.close(map);
}

function encodeResponse(out: TnetstringEncoder, response: HttpResponse, extras: MitmproxyExtras): void {
  const map = out.open(TAG.dictionary);
  encodeMessage(out, response, extras.responseHeaders, extras.responseTrailers);
  out.bytes(response.reason);
  out.key('reason');
  out.integer(response.statusCode);
  out.key('status_code');
  out.close(map);
}

function encodeMessage(
  out: TnetstringEncoder,
  message: HttpRequest | HttpResponse,
  oddHeaders: readonly Pair[] | undefined,
  oddTrailers: readonly Pair[] | undefined,
): void {
  const { body } = message;
  out.optionalFloat(message.timestampEnd);
  out.key('timestamp_end');
  out.float(message.timestampStart);
  out.key('timestamp_start');
  if (message.trailers) encodePairs(out, message.trailers, oddTrailers);
  else out.null();
  out.key('trailers');
  if (!isWritten(body)) out.null();
  else if (body.stored) out.body(body.stored);
  else out.bytes('');
  out.key('content');
  encodePairs(out, message.headers, oddHeaders);
  out.key('headers');
  out.bytes(message.httpVersion);
  out.key('http_version');
}

/** Encodes an upgraded connection. WebSocket is the only kind for which mitmproxy has messages. */
function encodeWebSocket(out: TnetstringEncoder, { websocket, error }: HttpFlow, messages: EncodedMessages): void {
  // mitmproxy shows a connection without a close code as an unknown error. For connections that were not parsed, use
  // the codes of RFC 6455 section 7.4.1 for connections without a close frame.
  const close = websocket ?? { code: error ? 1006 : 1005, reason: '', byClient: undefined, timestamp: undefined };
  const map = out.open(TAG.dictionary);
  out.optionalFloat(close.timestamp);
  out.key('timestamp_end');
  out.optionalText(close.reason);
  out.key('close_reason');
  if (close.code === undefined) out.null();
  else out.integer(close.code);
  out.key('close_code');
  out.optionalBoolean(close.byClient);
  out.key('closed_by_client');
  out.list(messages.items, messages.size);
  out.key('messages');
  out.close(map);
}
