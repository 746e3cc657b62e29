import type { Address, ClientConnection, ServerConnection, TlsFacts, Via } from '../../flow/connection.js';
import type { DnsMessage, DnsQuestion, DnsRecord } from '../../flow/dns-message.js';
import type { Flow, WebSocketClose } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http-request.js';
import type { HttpResponse } from '../../flow/http-response.js';
import type { BodyEntry, ListedBody } from './body-list.js';
import type { MessagePackEncoder } from './msgpack-encoder.js';

/** The version of the metadata that this program writes. A reader refuses a larger one. */
export const METADATA_VERSION = 1;

const DNS_SECTIONS = ['questions', 'answers', 'authorities', 'additionals'] as const;

export interface FlowEncoding {
  /**
   * @returns the SHA-256 of the first certificate if it is to stand for the chain, undefined if the chain is to be
   * written
   */
  leafOnly: (connectionId: string, certificates: readonly Buffer[]) => Buffer | undefined;
  /** Packs facts of addons. */
  packFacts: (facts: Record<string, unknown>) => Buffer;
}

/** Writes the metadata of a flow. What is undefined or empty is left out. */
export function encodeFlow(
  out: MessagePackEncoder,
  flow: Flow,
  bodies: readonly ListedBody[],
  encoding: FlowEncoding,
): void {
  out.beginMap();
  out.number('version', METADATA_VERSION);
  out.text('type', flow.type);
  out.text('id', flow.id);
  out.number('created', flow.timestampCreated);
  encodeClient(out, flow.client, encoding);
  encodeServer(out, flow.server, encoding);
  if (flow.type === 'http') {
    encodeRequest(out, flow.request);
    if (flow.response) encodeResponse(out, flow.response);
    if (flow.websocket) encodeWebSocket(out, flow.websocket);
  } else if (flow.type === 'dns') {
    encodeDns(out, 'request', flow.request);
    if (flow.response) encodeDns(out, 'response', flow.response);
  }
  if (flow.error) {
    out.beginMapAt('error');
    out.text('message', flow.error.message);
    out.number('timestamp', flow.error.timestamp);
    out.endMap();
  }
  if (flow.isReplay) out.text('isReplay', flow.isReplay);
  if (!isEmpty(flow.metadata)) out.packed('metadata', encoding.packFacts(flow.metadata));
  if (flow.comment) out.text('comment', flow.comment);
  if (flow.marked) out.text('marked', flow.marked);
  if (bodies.length > 0) {
    out.beginList('bodies', bodies.length);
    for (const { entry } of bodies) encodeBody(out, entry);
  }
  out.endMap();
}

function encodeClient(out: MessagePackEncoder, client: ClientConnection, encoding: FlowEncoding): void {
  out.beginMapAt('client');
  out.text('id', client.id);
  address(out, 'peer', client.peer);
  address(out, 'local', client.local);
  if (client.transport !== 'tcp') out.text('transport', client.transport);
  out.text('mode', client.mode);
  if (client.tls) encodeTls(out, client.id, client.tls, encoding);
  out.number('start', client.timestampStart);
  optionalNumber(out, 'end', client.timestampEnd);
  optionalText(out, 'error', client.error);
  out.endMap();
}

function encodeServer(out: MessagePackEncoder, server: ServerConnection, encoding: FlowEncoding): void {
  out.beginMapAt('server');
  out.text('id', server.id);
  address(out, 'address', server.address);
  address(out, 'peer', server.peer);
  address(out, 'local', server.local);
  if (server.transport !== 'tcp') out.text('transport', server.transport);
  if (server.via) encodeVia(out, server.via);
  out.number('start', server.timestampStart);
  optionalNumber(out, 'tcpSetup', server.timestampTcpSetup);
  if (server.tls) encodeTls(out, server.id, server.tls, encoding);
  optionalNumber(out, 'end', server.timestampEnd);
  optionalText(out, 'error', server.error);
  out.endMap();
}

function encodeVia(out: MessagePackEncoder, { scheme, address: [host, port] }: Via): void {
  out.beginList('via', 3);
  out.putText(scheme);
  out.putText(host);
  out.putNumber(port);
}

function encodeTls(out: MessagePackEncoder, connectionId: string, tls: TlsFacts, encoding: FlowEncoding): void {
  out.beginMapAt('tls');
  out.text('version', tls.version);
  out.text('cipher', tls.cipher);
  optionalText(out, 'sni', tls.sni);
  optionalText(out, 'alpn', tls.alpn);
  if (tls.alpnOffers.length > 0) {
    out.beginList('alpnOffers', tls.alpnOffers.length);
    for (const name of tls.alpnOffers) out.putText(name);
  }
  if (tls.cipherOffers.length > 0) {
    out.beginList('cipherOffers', tls.cipherOffers.length);
    for (const number of tls.cipherOffers) out.putNumber(number);
  }
  if (tls.certificates.length > 0) {
    const leaf = encoding.leafOnly(connectionId, tls.certificates);
    if (leaf) out.binary('leafSha256', leaf);
    else {
      out.beginList('certificates', tls.certificates.length);
      for (const certificate of tls.certificates) out.putBinary(certificate);
    }
  }
  out.number('setup', tls.timestampSetup);
  out.endMap();
}

function encodeRequest(out: MessagePackEncoder, request: HttpRequest): void {
  out.beginMapAt('request');
  out.text('method', request.method);
  out.text('scheme', request.scheme);
  out.text('host', request.host);
  out.number('port', request.port);
  if (request.authority) out.text('authority', request.authority);
  out.text('path', request.path);
  encodeMessage(out, request);
  out.endMap();
}

function encodeResponse(out: MessagePackEncoder, response: HttpResponse): void {
  out.beginMapAt('response');
  out.number('status', response.statusCode);
  if (response.reason) out.text('reason', response.reason);
  encodeMessage(out, response);
  out.endMap();
}

function encodeMessage(out: MessagePackEncoder, message: HttpRequest | HttpResponse): void {
  out.text('httpVersion', message.httpVersion);
  out.binary('headers', message.headers.bytes);
  if (message.trailers) out.binary('trailers', message.trailers.bytes);
  out.number('start', message.timestampStart);
  optionalNumber(out, 'end', message.timestampEnd);
}

function encodeWebSocket(out: MessagePackEncoder, close: WebSocketClose): void {
  out.beginMapAt('websocket');
  if (close.byClient !== undefined) out.boolean('byClient', close.byClient);
  optionalNumber(out, 'code', close.code);
  optionalText(out, 'reason', close.reason);
  optionalNumber(out, 'timestamp', close.timestamp);
  out.endMap();
}

function encodeDns(out: MessagePackEncoder, key: string, message: DnsMessage): void {
  out.beginMapAt(key);
  out.number('timestamp', message.timestamp);
  out.number('id', message.id);
  out.boolean('query', message.query);
  out.number('opCode', message.opCode);
  out.boolean('authoritativeAnswer', message.authoritativeAnswer);
  out.boolean('truncation', message.truncation);
  out.boolean('recursionDesired', message.recursionDesired);
  out.boolean('recursionAvailable', message.recursionAvailable);
  out.number('reserved', message.reserved);
  out.number('responseCode', message.responseCode);
  for (const section of DNS_SECTIONS) {
    const records: readonly (DnsQuestion | DnsRecord)[] = message[section];
    if (records.length === 0) continue;
    out.beginList(section, records.length);
    for (const record of records) encodeDnsRecord(out, record);
  }
  out.endMap();
}

function encodeDnsRecord(out: MessagePackEncoder, record: DnsQuestion | DnsRecord): void {
  out.beginMap();
  out.text('name', record.name);
  out.number('type', record.type);
  out.number('class', record.class);
  if ('data' in record) {
    out.number('ttl', record.ttl);
    out.binary('data', record.data);
  }
  out.endMap();
}

function encodeBody(out: MessagePackEncoder, entry: BodyEntry): void {
  out.beginMap();
  out.text('kind', entry.kind);
  out.number('length', entry.length);
  if (entry.coding) {
    out.text('coding', entry.coding);
    out.number('decodedLength', entry.decodedLength);
  }
  out.number('crc', entry.crc);
  out.boolean('complete', entry.complete);
  out.number('size', entry.size);
  optionalNumber(out, 'count', entry.count);
  out.endMap();
}

function address(out: MessagePackEncoder, key: string, value: Address | undefined): void {
  if (!value) return;
  out.beginList(key, 2);
  out.putText(value[0]);
  out.putNumber(value[1]);
}

function optionalText(out: MessagePackEncoder, key: string, value: string | undefined): void {
  if (value !== undefined) out.text(key, value);
}

function optionalNumber(out: MessagePackEncoder, key: string, value: number | undefined): void {
  if (value !== undefined) out.number(key, value);
}

function isEmpty(facts: Record<string, unknown>): boolean {
  for (const _key in facts) return false;
  return true;
}
