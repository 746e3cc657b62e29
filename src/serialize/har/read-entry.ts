import { isIP } from 'node:net';
import type { Flow, HttpFlow } from '../../flow/flow.js';
import type { Field } from '../../flow/headers.js';
import type { MessageLog } from '../../flow/messagelog.js';
import { decodeFlow } from '../json/decode-flow.js';
import { decodeRequest } from '../json/decode-http.js';
import { Fields } from '../json/fields.js';
import type { ReadChains } from '../native/certificates.js';
import { type Moments, momentsOf, numberOf } from './har-time.js';
import { harUrl } from './har-url.js';
import { type HarBody, readContent, readPostData, reconcile } from './read-content.js';
import { readHeaders } from './read-headers.js';
import { readTarget, readVersion } from './read-target.js';

type Members = Record<string, unknown>;

/**
 * A flow from an entry of a HAR: that is put into the form of JSON Lines first. What `_tsdump` says in an entry of our
 * own counts unless somebody altered what it belongs to.
 * @param messages of the entry, if it has any
 * @param failure how its WebSocket failed, if it did
 * @returns undefined if it is no HTTP, such as a `data:` URL
 * @throws JsonError
 */
export function readEntry(
  entry: Fields,
  messages: MessageLog | undefined,
  failure: string | undefined,
  chains: ReadChains,
): Flow | undefined {
  const own = entry.object('_tsdump');
  const moments = momentsOf(entry);
  const request = entry.need(entry.object('request'), 'request');
  const response = entry.object('response');
  const versions = [readVersion(request.text('httpVersion')), readVersion(response?.text('httpVersion'))];
  const requestVersion = versions[0] ?? versions[1] ?? 'HTTP/1.1';
  const made = requestMembers(request, own, requestVersion, moments);
  if (!made) return undefined;
  const status = numberOf(response?.any('status')) ?? 0;
  const answer = response && status > 0 ? responseMembers(response, own, status, moments) : undefined;
  if (answer) answer.members.httpVersion = versions[1] ?? requestVersion;
  const altered = { ...altering('request', made.altered), ...altering('response', answer?.altered) };
  const message = response?.text('_error') || failure;
  const isWebSocket = messages !== undefined || entry.text('_resourceType') === 'websocket';
  const members: Members = {
    timestampCreated: moments.started,
    error: message ? { message, timestamp: moments.received } : undefined,
    comment: entry.text('comment'),
    websocket: isWebSocket ? {} : undefined,
    server: serverMembers(moments),
    metadata: Object.keys(altered).length > 0 ? { har: altered } : undefined,
    ...ownMembers(own),
    type: 'http',
    request: made.members,
    response: answer?.members,
  };
  const flow = decodeFlow(Fields.of(members), messages, chains) as HttpFlow;
  if (!own) complete(flow, entry);
  return flow;
}

interface MessageMembers {
  members: Members;
  altered: string[];
}

function requestMembers(
  request: Fields,
  own: Fields | undefined,
  httpVersion: string,
  { started, sent }: Moments,
): MessageMembers | undefined {
  const method = request.need(request.text('method'), 'method');
  const url = request.need(request.text('url'), 'url');
  const { pairs, pseudo } = readHeaders(request, own !== undefined);
  const target = readTarget(url, method, httpVersion, pseudo.get(':authority'));
  if (!target) return undefined;
  const times = { timestampStart: started, timestampEnd: sent };
  const ownRequest = own?.object('request');
  const made = messageMembers(
    { method, url, httpVersion, ...target, ...times },
    pairs,
    readPostData(request),
    ownRequest,
  );
  const kept = ownRequest && { authority: '', ...pick(ownRequest, ['scheme', 'host', 'port', 'authority', 'path']) };
  // Whoever altered the URL means it.
  if (kept && urlOf({ ...made.members, ...kept }) === url) Object.assign(made.members, kept);
  return made;
}

function responseMembers(
  response: Fields,
  own: Fields | undefined,
  status: number,
  { answered, received }: Moments,
): MessageMembers {
  const { pairs } = readHeaders(response, own !== undefined);
  const line = {
    status,
    reason: oneLine(response.text('statusText')),
    timestampStart: answered,
    timestampEnd: received,
  };
  return messageMembers(line, pairs, readContent(response), own?.object('response'));
}

/** Members of `_tsdump` that go beside those of HAR. */
const OWN_OF_MESSAGE = [
  'headersBase64',
  'trailers',
  'trailersBase64',
  'timestampStart',
  'timestampEnd',
  'bodyComplete',
  'bodySize',
  'encodedBodyBase64',
];

function messageMembers(line: Members, pairs: Field[], body: HarBody, own: Fields | undefined): MessageMembers {
  if (own) {
    // A time that is not there is one that never came.
    const members = { ...line, timestampEnd: undefined, headers: pairs, ...body, ...pick(own, OWN_OF_MESSAGE) };
    // Whoever took the content out of the file does not want it to come back.
    if (body.body === undefined && body.bodyBase64 === undefined) delete (members as Members).encodedBodyBase64;
    return { members, altered: [] };
  }
  const { pairs: headers, body: content, altered } = reconcile(pairs, body);
  return { members: { ...line, headers, ...content }, altered };
}

function ownMembers(own: Fields | undefined): Members {
  if (!own) return {};
  const keys = ['id', 'timestampCreated', 'marked', 'isReplay', 'metadata', 'client', 'server', 'error', 'websocket'];
  return { error: undefined, websocket: undefined, ...pick(own, keys) };
}

function serverMembers({ connectBegun, connected }: Moments): Members {
  return { timestampStart: connected === undefined ? 0 : connectBegun, timestampTcpSetup: connected };
}

/** What follows from the request: where the server is. */
function complete({ server, request }: HttpFlow, entry: Fields): void {
  server.address = [request.host, request.port];
  const address = entry.text('serverIPAddress')?.replace(/^\[(.*)\]$/, '$1');
  if (address && isIP(address)) server.peer = [address, request.port];
}

/** The URL that the HAR of such a request has. */
function urlOf({ body: _body, bodyBase64: _base64, encodedBodyBase64: _encoded, ...members }: Members): string {
  return harUrl(decodeRequest(Fields.of(members, 'request')));
}

/** Some put more than a reason phrase there. */
function oneLine(text = ''): string {
  return text.replace(/[\0\r\n]+/g, ' ').trim();
}

function pick(fields: Fields, keys: readonly string[]): Members {
  return Object.fromEntries(keys.map((key) => [key, fields.any(key)]).filter(([, value]) => value !== undefined));
}

function altering(message: string, altered: readonly string[] = []): Record<string, readonly string[]> {
  return altered.length > 0 ? { [message]: altered } : {};
}
