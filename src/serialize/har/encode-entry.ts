import { isUtf8 } from 'node:buffer';
import type { HttpFlow } from '../../flow/flow.js';
import { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import type { Message } from '../../flow/message-log/message-log.js';
import { fromWire } from '../../flow/text/wire-text.js';
import { encodeClient, encodeServer } from '../json/connection.js';
import { annotations } from '../json/flow.js';
import { encodeInterim, headerMembers } from '../json/http.js';
import { encodeItems, encodeMessages } from '../json/messages.js';
import { type JsonPieces, members } from '../json/text/json-pieces.js';
import { type HarExtras, harExtras, restore } from './extras.js';
import { queryParameters } from './har-url.js';
import { restoreItems } from './header-items.js';
import { requestCookies, responseCookies } from './message/cookies.js';
import { type EncodedBody, encodePostData, encodeResponseContent } from './message/encode-content.js';
import { entryHead, NO_CONTENT, pseudoFields, pseudoStatus, requestHead, responseHead } from './message/entry-heads.js';

/**
 * Adds a flow as an entry of a HAR. `_tsdump` holds everything that HAR cannot represent, in the form of JSON Lines.
 * Members of the original HAR that a flow cannot represent are restored in their place.
 * @param opened whether the server's connection was opened for this flow
 * @param pageref id of its page in this file
 */
export function encodeEntry(out: JsonPieces, flow: HttpFlow, opened: boolean, pageref?: unknown): void {
  const { request, response, error } = flow;
  const extras = harExtras(flow);
  const head = entryHead(flow, extras ? !extras.reused : opened);
  const { entry } = head;
  const { startedDateTime, time } = restore(extras, 'entry', entry);
  out.add(`{${members({ pageref, startedDateTime, time })}`);
  const encodedRequest = encodeRequest(out, request, extras);
  const encodedResponse = encodeResponse(out, response, error?.message, extras);
  const timings = restore(extras, 'timings', head.timings);
  for (const key of WRITTEN_FIRST) entry[key] = undefined;
  if (flow.websocket) entry._resourceType = undefined;
  entry.timings = timings;
  out.add(`,${members(entry)}`);
  if (flow.websocket) encodeWebSocket(out, flow);
  else if (flow.messages) encodeMessages(out, flow.messages, '_');
  encodeOwn(out, flow, encodedRequest, encodedResponse);
  out.add('}');
}

/** These come first in an entry. The page has another id in this file. */
const WRITTEN_FIRST = ['startedDateTime', 'time', 'pageref'];

function encodeRequest(out: JsonPieces, request: HttpRequest, extras: HarExtras | undefined): EncodedBody | undefined {
  const { headers, path } = request;
  const query = path.indexOf('?');
  const head = requestHead(request);
  head.cookies = requestCookies(headers);
  head.queryString = query < 0 ? [] : queryParameters(fromWire(path.slice(query + 1)));
  restore(extras, 'request', head);
  head.headers = restoreItems(extras?.items?.request, headers, pseudoFields(request), extras?.request);
  out.add(`,"request":{${members(head)}`);
  const encoded = encodePostData(out, request, extras);
  out.add('}');
  return encoded;
}

function encodeResponse(
  out: JsonPieces,
  response: HttpResponse | undefined,
  error: string | undefined,
  extras: HarExtras | undefined,
): EncodedBody | undefined {
  const { headers = new Headers(), timestampStart = 0 } = response ?? {};
  const head = responseHead(response, error);
  head.cookies = responseCookies(headers, timestampStart);
  restore(extras, 'response', head);
  head.headers = restoreItems(extras?.items?.response, headers, pseudoStatus(response), extras?.response);
  out.add(`,"response":{${members(head)}`);
  const encoded = response ? encodeResponseContent(out, response, extras) : encodeNoContent(out, extras);
  out.add('}');
  return encoded;
}

function encodeNoContent(out: JsonPieces, extras: HarExtras | undefined): undefined {
  out.add(`,"content":{${members(restore(extras, 'content', { ...NO_CONTENT }))}}`);
}

/** Messages as Chrome writes them, with additional members where needed. */
function encodeWebSocket(out: JsonPieces, { messages }: HttpFlow): void {
  out.add(',"_resourceType":"websocket","_webSocketMessages":[');
  if (messages?.stored) out.addLater(() => encodeItems(messages, encodeMessage));
  out.add(']');
}

function encodeMessage({ fromClient, timestamp, opcode, content, dropped, injected, more }: Message): unknown {
  const data = content.toString(opcode === 1 ? 'utf8' : 'base64');
  const _base64 = opcode === 1 && !isUtf8(content) ? content.toString('base64') : undefined;
  const own = { _base64, _dropped: dropped, _injected: injected, _more: more };
  return { type: fromClient ? 'send' : 'receive', time: timestamp, opcode, data, ...own };
}

function encodeOwn(
  out: JsonPieces,
  flow: HttpFlow,
  encodedRequest: EncodedBody | undefined,
  encodedResponse: EncodedBody | undefined,
): void {
  const { id, timestampCreated, error, request, response, websocket, messages } = flow;
  const extras = harExtras(flow);
  const { comment: _standard, ...own } = annotations(extras ? withoutKept(flow, extras) : flow);
  const foreign = extras && true;
  const { scheme, host, port, authority, path } = request;
  out.add(
    `,"_tsdump":{${members({ foreign, id, timestampCreated, error, ...own, interim: encodeInterim(flow), websocket })}`,
  );
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

/**
 * Kept members are written in their place. Page and log stay in the metadata, because readers of a HAR by tsdump use
 * only its entries; so does what an addon has added.
 */
function withoutKept(flow: HttpFlow, extras: HarExtras): HttpFlow {
  const { har: _all, ...metadata } = flow.metadata;
  const others = Object.entries(extras).filter(([name]) => !WRITTEN.has(name));
  if (others.length > 0) metadata.har = Object.fromEntries(others);
  return { ...flow, type: 'http', metadata } as HttpFlow;
}

/** The members of `HarExtras` that are not stored in the metadata. */
const WRITTEN: ReadonlySet<string> = new Set(['request', 'response', 'kept', 'was', 'items', 'reused']);
