import type { ClientConnection, ServerConnection } from '../../../flow/connection.js';
import type { DnsMessage } from '../../../flow/dns-message.js';
import type { DnsFlow, Flow, FlowError, HttpFlow, WebSocketClose } from '../../../flow/flow.js';
import type { InterimResponse } from '../../../flow/http/interim-response.js';
import type { BodyEntry } from '../bodies/body-list.js';
import { METADATA_VERSION } from '../record/record.js';
import { BODY } from './body.js';
import { INT, listOf, PACKED_MAP, someOf, TEXT, TIME } from './codecs.js';
import { CLIENT, SERVER } from './connection.js';
import { DNS_MESSAGE } from './dns.js';
import type { ValueCodec } from './field.js';
import { type DecodedRequest, type DecodedResponse, INTERIM, REQUEST, RESPONSE, WEBSOCKET } from './http.js';
import { FieldsOf, MapSchema } from './map-schema.js';

/** The decoded metadata of a flow of any type. */
export class Metadata {
  version = -1;
  type = '';
  id = '';
  created = 0;
  client: ClientConnection | undefined = undefined;
  server: ServerConnection | undefined = undefined;
  error: FlowError | undefined = undefined;
  isReplay = '';
  metadata: Buffer | undefined = undefined;
  comment = '';
  marked = '';
  bodies: BodyEntry[] = [];
}

export class HttpMetadata extends Metadata {
  request: DecodedRequest | undefined = undefined;
  response: DecodedResponse | undefined = undefined;
  interim: InterimResponse[] | undefined = undefined;
  websocket: WebSocketClose | undefined = undefined;
}

export class DnsMetadata extends Metadata {
  request: DnsMessage | undefined = undefined;
  response: DnsMessage | undefined = undefined;
}

const flow = new FieldsOf<Flow, Metadata>();
const http = new FieldsOf<HttpFlow, HttpMetadata>();
const dns = new FieldsOf<DnsFlow, DnsMetadata>();
const error = new FieldsOf<FlowError, FlowError>();

export const ERROR = new MapSchema<FlowError, FlowError>(
  [
    error.required('message', TEXT, '', ({ message }) => message),
    error.required('timestamp', TIME, '', ({ timestamp }) => timestamp),
    error.optional('code', TEXT, '[stable](errors.md), unlike the message', ({ code }) => code),
  ],
  (): FlowError => ({ message: '', timestamp: 0 }),
);

/** Uses the cache, as the flows of a connection repeat its data. */
const CACHED_CLIENT: ValueCodec<ClientConnection> = {
  type: CLIENT.type,
  schema: CLIENT.schema,
  put: (out, client, encoding) => encoding.clients.put(out, client, encoding),
  take: (input, { clients }) => clients.decode(input),
};

const CACHED_SERVER: ValueCodec<ServerConnection> = {
  type: SERVER.type,
  schema: SERVER.schema,
  put: (out, server, encoding) => encoding.servers.put(out, server, encoding),
  take: (input, { servers }) => servers.decode(input),
};

const BEFORE = [
  flow.required('version', INT, '1', () => METADATA_VERSION),
  flow.required('type', TEXT, '`http`, `tcp`, `udp` or `dns`', ({ type }) => type),
  flow.required('id', TEXT, '', ({ id }) => id),
  flow.required('created', TIME, 'when the flow began', ({ timestampCreated }) => timestampCreated),
  flow.required('client', CACHED_CLIENT, 'the connection from the client to tsdump', ({ client }) => client),
  flow.required('server', CACHED_SERVER, 'the connection from tsdump to the server', ({ server }) => server),
];

const BEHIND = [
  flow.optional('error', ERROR, 'why the flow failed', ({ error }) => error),
  flow.optional(
    'isReplay',
    TEXT,
    '`request` or `response`: that side was replayed',
    ({ isReplay }) => isReplay || undefined,
  ),
  flow.optional('metadata', PACKED_MAP, 'data attached by addons', ({ metadata }, { packFacts }) =>
    isEmpty(metadata) ? undefined : packFacts(metadata),
  ),
  flow.optional('comment', TEXT, '', ({ comment }) => comment || undefined),
  flow.optional('marked', TEXT, 'non-empty if the flow is marked', ({ marked }) => marked || undefined),
  flow.optional(
    'bodies',
    listOf(BODY, 'kind'),
    '[see below](#bodies); absent if there are no bodies',
    (_flow, { bodies }) => someOf(bodies),
  ),
];

/** The fields of all flows. */
export const ANY_FLOW = new MapSchema<Flow, Metadata>([...BEFORE, ...BEHIND], () => new Metadata());

/** The fields of HTTP flows only. */
export const HTTP_FIELDS = [
  http.required('request', REQUEST, '', ({ request }) => request),
  http.optional('response', RESPONSE, 'absent if there was no response', ({ response }) => response),
  http.optional(
    'interim',
    listOf(INTERIM),
    'the interim (1xx) responses before it, in order of arrival',
    ({ interim }) => interim && someOf(interim),
  ),
  http.optional(
    'websocket',
    WEBSOCKET,
    'present if the connection was upgraded to WebSocket: how it was closed',
    ({ websocket }) => websocket,
  ),
];

/** The fields of DNS flows only. */
export const DNS_FIELDS = [
  dns.required('request', DNS_MESSAGE, '', ({ request }) => request),
  dns.optional('response', DNS_MESSAGE, 'absent if there was no response', ({ response }) => response),
];

const HTTP_FLOW = new MapSchema<HttpFlow, HttpMetadata>(
  [...BEFORE, ...HTTP_FIELDS, ...BEHIND],
  () => new HttpMetadata(),
);
const DNS_FLOW = new MapSchema<DnsFlow, DnsMetadata>([...BEFORE, ...DNS_FIELDS, ...BEHIND], () => new DnsMetadata());

/** The schema of a type of flow; for an unknown type, the fields of all flows. */
export function flowSchema(type: string): MapSchema<Flow, Metadata> {
  if (type === 'http') return HTTP_FLOW as unknown as MapSchema<Flow, Metadata>;
  if (type === 'dns') return DNS_FLOW as unknown as MapSchema<Flow, Metadata>;
  return ANY_FLOW;
}

function isEmpty(facts: Record<string, unknown>): boolean {
  for (const _key in facts) return false;
  return true;
}
