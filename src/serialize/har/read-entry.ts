import { isIP } from 'node:net';
import type { Flow, HttpFlow } from '../../flow/flow.js';
import type { MessageLog } from '../../flow/message-log/message-log.js';
import { Fields } from '../json/fields.js';
import { decodeFlow } from '../json/flow.js';
import { JsonError } from '../json/text/json-error.js';
import { LongText } from '../json/text/long-text.js';
import type { ReadChains } from '../shared/certificates.js';
import type { Omissions } from '../shared/omissions.js';
import { checkMembers } from './entry/check-members.js';
import type { ForeignConnections } from './entry/foreign-connections.js';
import { momentsOf } from './entry/har-time.js';
import { keepEntry } from './entry/keep-extras.js';
import { type Members, take, versionOf } from './entry/message-members.js';
import { requestMembers } from './entry/read-request.js';
import { responseMembers } from './entry/read-response.js';
import { type HarExtras, isObject } from './extras.js';

/** Extras about an entry besides its members. */
export interface EntryContext {
  /** The WebSocket messages of the entry; undefined without messages. */
  messages: MessageLog | undefined;
  /** The failure of its WebSocket, if it failed. */
  failure: string | undefined;
  chains: ReadChains;
  omissions: Omissions;
  connections: ForeignConnections;
}

/**
 * Converts an entry of a HAR to a flow, by way of the form of JSON Lines. In entries that tsdump wrote, `_tsdump` takes
 * precedence unless the member that it describes was edited. Invalid members are noted and left out.
 * @returns undefined if it is not HTTP, such as a `data:` URL, which is noted
 * @throws JsonError if it has no request with a URL
 */
export function readEntry(entry: Fields, context: EntryContext): Flow | undefined {
  const { omissions } = context;
  const own = entry.object('_tsdump');
  if (!own) return readWith(entry, undefined, context);
  const { mark } = omissions;
  try {
    own.need(own.object('request'), 'request');
    return readWith(entry, own, context);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    releaseEncoded(own);
    omissions.discard(mark);
    omissions.member('_tsdump', `is invalid: ${error.message}`);
  }
  return readWith(entry, undefined, context);
}

/** Marks encoded bytes as unused, so that they are released with the entry. */
function releaseEncoded(own: Fields): void {
  for (const key of ['request', 'response']) {
    const encoded = own.object(key)?.any('encodedBodyBase64');
    if (encoded instanceof LongText) encoded.used = false;
  }
}

function readWith(entry: Fields, own: Fields | undefined, context: EntryContext): Flow | undefined {
  const { messages, failure, chains, omissions } = context;
  const request = Fields.of(entry.need(entry.any('request'), 'request'), 'request', omissions);
  const response = entry.object('response');
  checkMembers(entry, omissions);
  const moments = momentsOf(entry, omissions);
  const responseVersion = response && versionOf(response);
  const requestVersion = versionOf(request) ?? responseVersion ?? 'HTTP/1.1';
  // Its members are those of the original HAR, so `_tsdump` does not take precedence.
  const exact = own?.boolean('foreign') ? undefined : own;
  const made = requestMembers(request, exact, requestVersion, moments, omissions);
  if (!made) return undefined;
  const answer = response && responseMembers(response, exact, moments, made.members.method, omissions);
  if (answer) answer.members.httpVersion = responseVersion ?? requestVersion;
  const connection = context.connections.of(entry, moments, made.members);
  const message = errorOf(response) || failure || (answer?.members.status === 0 ? NO_STATUS : undefined);
  const isWebSocket = messages !== undefined || entry.text('_resourceType') === 'websocket';
  const members: Members = {
    timestampCreated: moments.started,
    error: message ? { message, timestamp: moments.received } : undefined,
    comment: entry.text('comment'),
    websocket: isWebSocket ? {} : undefined,
    server: connection.members,
  };
  if (own) {
    members.error = undefined;
    members.websocket = undefined;
    take(members, own, OWN_OF_FLOW);
  }
  members.type = 'http';
  members.request = made.members;
  members.response = answer?.members;
  const flow = decodeFlow(Fields.of(members), messages, chains) as HttpFlow;
  if (!own) complete(flow, entry);
  if (!exact) {
    const extras: HarExtras = {};
    if (made.altered.length > 0) extras.request = made.altered;
    if (answer && answer.altered.length > 0) extras.response = answer.altered;
    keepEntry(extras, entry, flow, connection.reused);
    note(flow, extras);
  }
  return flow;
}

const NO_STATUS = 'The response has no status.';

/** The reason why the response is missing or incomplete. Some programs write an object. */
function errorOf(response: Fields | undefined): string | undefined {
  const error = response?.any('_error');
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return response?.text('_error');
  response!.note('_error', 'is not text');
  const { message } = error as Members;
  return typeof message === 'string' ? message : undefined;
}

/** The members of `_tsdump` that take precedence over those of the entry. */
const OWN_OF_FLOW = [
  'id',
  'timestampCreated',
  'marked',
  'isReplay',
  'metadata',
  'client',
  'server',
  'error',
  'interim',
  'websocket',
];

/** Stores changes and kept members. In entries that tsdump wrote, the page is in the metadata. */
function note(flow: HttpFlow, extras: HarExtras): void {
  const before = flow.metadata.har;
  flow.metadata.har = isObject(before) ? { ...before, ...extras } : extras;
}

/** Derives the server's address from the request. */
function complete({ server, request }: HttpFlow, entry: Fields): void {
  server.address = [request.host, request.port];
  const text = entry.text('serverIPAddress')?.trim();
  const address = text?.startsWith('[') ? text.replace(/^\[(.*)\]$/, '$1') : text;
  if (address && isIP(address)) server.peer = [address, request.port];
  else if (address) entry.note('serverIPAddress', 'is not an IP address');
}
