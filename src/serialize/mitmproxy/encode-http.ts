import type { Body } from '../../flow/body/body.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import type { EncodedMessages } from './encode-messages.js';
import type { MitmproxyFacts } from './facts.js';
import { encodePairs, type Pair } from './tnetstring/header-pairs.js';
import { encodeHost } from './tnetstring/host-text.js';
import { TAG } from './tnetstring/tnetstring.js';
import type { TnetstringEncoder } from './tnetstring/tnetstring-encoder.js';

/** Writes what only HTTP flows have, from the last entry to the first. */
export function encodeHttp(
  out: TnetstringEncoder,
  flow: HttpFlow,
  messages: EncodedMessages | null,
  facts: MitmproxyFacts,
): void {
  if (messages) encodeWebSocket(out, flow, messages);
  else out.null();
  out.key('websocket');
  if (flow.response) encodeResponse(out, flow.response, facts);
  else out.null();
  out.key('response');
  encodeRequest(out, flow.request, facts);
  out.key('request');
}

/** Whether a body is written. One that is empty, as its message broke off before, is null in mitmproxy, too. */
export function isWritten(body: Body): boolean {
  return body.kept && (body.size > 0 || body.complete);
}

function encodeRequest(out: TnetstringEncoder, request: HttpRequest, facts: MitmproxyFacts): void {
  const map = out.open(TAG.dictionary);
  encodeMessage(out, request, facts.requestHeaders, facts.requestTrailers);
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

function encodeResponse(out: TnetstringEncoder, response: HttpResponse, facts: MitmproxyFacts): void {
  const map = out.open(TAG.dictionary);
  encodeMessage(out, response, facts.responseHeaders, facts.responseTrailers);
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

/** An upgraded connection. mitmproxy has but one kind with messages of its own. */
function encodeWebSocket(out: TnetstringEncoder, { websocket, error }: HttpFlow, messages: EncodedMessages): void {
  // mitmproxy shows a connection without a code as an unknown error. What was not parsed has those of RFC 6455 section
  // 7.4.1 for connections without a close frame.
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
