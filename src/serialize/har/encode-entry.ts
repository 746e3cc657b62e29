import { isUtf8 } from 'node:buffer';
import type { HttpFlow } from '../../flow/flow.js';
import type { Headers } from '../../flow/headers.js';
import type { HttpRequest } from '../../flow/http-request.js';
import type { HttpResponse } from '../../flow/http-response.js';
import { unmapped } from '../../flow/ip-address.js';
import type { Message } from '../../flow/messagelog.js';
import { encodeClient, encodeServer } from '../json/encode-connection.js';
import { annotations } from '../json/encode-flow.js';
import { encodeInterim, headerMembers } from '../json/encode-http.js';
import { encodeItems, encodeMessages } from '../json/encode-messages.js';
import { readableText } from '../json/header-pairs.js';
import { type JsonPieces, members } from '../json/json-pieces.js';
import { requestCookies, responseCookies } from './cookies.js';
import { type EncodedBody, encodePostData, encodeResponseContent } from './encode-content.js';
import { harUrl, queryParameters } from './har-url.js';
import { timingsOf, totalTime } from './timings.js';

/**
 * Adds a flow as an entry of a HAR. What HAR has no place for stands in `_tsdump`, in the form of JSON Lines.
 * @param opened whether the server's connection was opened for this flow
 */
export function encodeEntry(out: JsonPieces, flow: HttpFlow, opened: boolean): void {
  const { request, response, server, error, comment } = flow;
  const timings = timingsOf(flow, opened);
  const startedDateTime = isoTime(request.timestampStart || flow.timestampCreated);
  out.add(`{${members({ startedDateTime, time: totalTime(timings) })}`);
  const encodedRequest = encodeRequest(out, request);
  const encodedResponse = response
    ? encodeResponse(out, response, error?.message)
    : encodeNoResponse(out, error?.message);
  const serverIPAddress = server.peer && unmapped(server.peer[0]);
  const connection = server.timestampTcpSetup === undefined ? undefined : server.id;
  out.add(`,${members({ cache: {}, timings, serverIPAddress, connection, comment: comment || undefined })}`);
  if (flow.websocket) encodeWebSocket(out, flow);
  else if (flow.messages) encodeMessages(out, flow.messages, '_');
  encodeOwn(out, flow, encodedRequest, encodedResponse);
  out.add('}');
}

function encodeRequest(out: JsonPieces, request: HttpRequest): EncodedBody | undefined {
  const { method, httpVersion, headers, path, body } = request;
  const query = path.indexOf('?');
  const head = {
    method,
    url: harUrl(request),
    httpVersion,
    cookies: requestCookies(headers),
    headers: pairsOf(headers),
    queryString: query < 0 ? [] : queryParameters(path.slice(query + 1)),
    headersSize: headSize(httpVersion, `${method} ${targetOf(request)} ${httpVersion}`, headers),
    bodySize: body.size,
  };
  out.add(`,"request":{${members(head)}`);
  const encoded = encodePostData(out, request);
  out.add('}');
  return encoded;
}

function encodeResponse(out: JsonPieces, response: HttpResponse, error: string | undefined): EncodedBody | undefined {
  const { statusCode: status, reason, httpVersion, headers, body, timestampStart } = response;
  const head = {
    status,
    statusText: readableText(reason),
    httpVersion,
    cookies: responseCookies(headers, timestampStart),
    headers: pairsOf(headers),
    redirectURL: readableText(headers.get('location') ?? ''),
    headersSize: headSize(httpVersion, `${httpVersion} ${status} ${reason}`, headers),
    bodySize: body.size,
    _error: error,
  };
  out.add(`,"response":{${members(head)}`);
  const encoded = encodeResponseContent(out, response);
  out.add('}');
  return encoded;
}

/** HAR wants a response: one with status 0 says that there was none. */
function encodeNoResponse(out: JsonPieces, error: string | undefined): undefined {
  const head = {
    status: 0,
    statusText: '',
    httpVersion: '',
    cookies: [],
    headers: [],
    redirectURL: '',
    headersSize: -1,
    bodySize: -1,
    _error: error ?? '',
    content: { size: 0, mimeType: 'x-unknown' },
  };
  out.add(`,"response":${JSON.stringify(head)}`);
}

/** Messages as Chrome writes them. What it has no place for is added, where there is something to say. */
function encodeWebSocket(out: JsonPieces, { messages }: HttpFlow): void {
  out.add(',"_resourceType":"websocket","_webSocketMessages":[');
  if (messages?.stored) out.addLater(() => encodeItems(messages, encodeMessage));
  out.add(']');
}

function encodeMessage({ fromClient, timestamp, opcode, content, dropped, injected }: Message): unknown {
  const data = content.toString(opcode === 1 ? 'utf8' : 'base64');
  const _base64 = opcode === 1 && !isUtf8(content) ? content.toString('base64') : undefined;
  const own = { _base64, _dropped: dropped, _injected: injected };
  return { type: fromClient ? 'send' : 'receive', time: timestamp, opcode, data, ...own };
}

function encodeOwn(
  out: JsonPieces,
  flow: HttpFlow,
  encodedRequest: EncodedBody | undefined,
  encodedResponse: EncodedBody | undefined,
): void {
  const { id, timestampCreated, error, request, response, websocket, messages } = flow;
  const { comment: _standard, ...own } = annotations(flow);
  const { scheme, host, port, authority, path } = request;
  out.add(`,"_tsdump":{${members({ id, timestampCreated, error, ...own, interim: encodeInterim(flow), websocket })}`);
  if (websocket && messages) out.add(`,"messageCount":${messages.count},"messageSize":${messages.size}`);
  out.add(',"request":{');
  out.add(members({ scheme, host, port, authority: authority || undefined, path, ...ownOfMessage(request) }));
  encodedRequest?.(out);
  if (response) {
    out.add(`},"response":{${members(ownOfMessage(response))}`);
    encodedResponse?.(out);
  }
  out.add(`},${members({ client: encodeClient(flow.client, false), server: encodeServer(flow.server, false) })}}`);
}

function ownOfMessage(message: HttpRequest | HttpResponse): Record<string, unknown> {
  const { timestampStart, timestampEnd, body } = message;
  const { headers: _standard, ...fields } = headerMembers(message);
  const bodyComplete = body.complete ? undefined : false;
  return { ...fields, timestampStart, timestampEnd, bodySize: body.size, bodyComplete };
}

function pairsOf(headers: Headers): { name: string; value: string }[] {
  return [...headers].map(([name, value]) => ({ name: readableText(name), value: readableText(value) }));
}

/** Bytes of a head on the wire, with the empty line at its end; -1 where heads are compressed. */
function headSize(httpVersion: string, startLine: string, headers: Headers): number {
  return httpVersion.startsWith('HTTP/1') ? startLine.length + 2 + headers.bytes.length + 2 : -1;
}

/** The target as it stood in the request line (RFC 9112 section 3.2). */
function targetOf({ method, authority, path, scheme }: HttpRequest): string {
  if (method === 'CONNECT') return authority;
  return authority ? `${scheme}://${authority}${path}` : path;
}

/** To the millisecond. What cannot be a date becomes the epoch. */
function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
