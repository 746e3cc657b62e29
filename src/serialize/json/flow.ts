import type { DnsMessage, DnsRecord } from '../../flow/dns-message.js';
import { DnsFlow, type Flow, HttpFlow, TcpFlow, UdpFlow, type WebSocketClose } from '../../flow/flow.js';
import { MessageLog } from '../../flow/message-log/message-log.js';
import type { ReadChains } from '../shared/certificates.js';
import { decodeClient, decodeServer, encodeClient, encodeServer } from './connection.js';
import { decodeDns } from './dns.js';
import { Fields } from './fields.js';
import { decodeInterim, decodeRequest, decodeResponse, encodeInterim, encodeRequest, encodeResponse } from './http.js';
import { encodeMessages } from './messages.js';
import { decodeMetadata, encodeMetadata } from './metadata.js';
import { type JsonPieces, members } from './text/json-pieces.js';

/**
 * Decodes a flow from the object that `encodeFlow` writes. Only the request of HTTP and DNS flows is required.
 * @param messages of the flow, if any
 * @throws JsonError
 */
export function decodeFlow(fields: Fields, messages: MessageLog | undefined, chains: ReadChains): Flow {
  const type = fields.need(fields.text('type'), 'type');
  const client = decodeClient(fields.object('client'), chains);
  const server = decodeServer(fields.object('server'), chains);
  const created = fields.number('timestampCreated');
  const id = fields.text('id');
  const log = messages ?? MessageLog.of(undefined, 0, 0);
  switch (type) {
    case 'http': {
      const request = decodeRequest(fields.need(fields.object('request'), 'request'));
      const flow = new HttpFlow(client, server, request, created ?? request.timestampStart, id);
      const response = fields.object('response');
      flow.response = response && decodeResponse(response);
      const interim = fields.objects('interim').map(decodeInterim);
      if (interim.length > 0) flow.interim = interim;
      const close = fields.object('websocket');
      flow.websocket = close && decodeClose(close);
      flow.messages = messages;
      return annotate(flow, fields);
    }
    case 'tcp':
      return annotate(new TcpFlow(client, server, log, created ?? 0, id), fields);
    case 'udp':
      return annotate(new UdpFlow(client, server, log, created ?? 0, id), fields);
    case 'dns': {
      const request = decodeDns(fields.need(fields.object('request'), 'request'));
      const flow = new DnsFlow(client, server, request, created ?? request.timestamp, id);
      const response = fields.object('response');
      flow.response = response && decodeDns(response);
      return annotate(flow, fields);
    }
    default:
      throw fields.wrong('type', '"http", "tcp", "udp" or "dns"');
  }
}

function decodeClose(fields: Fields): WebSocketClose {
  return {
    byClient: fields.boolean('byClient'),
    code: fields.number('code'),
    reason: fields.text('reason'),
    timestamp: fields.number('timestamp'),
  };
}

function annotate<Kind extends Flow>(flow: Kind, fields: Fields): Kind {
  const error = fields.object('error');
  if (error) {
    flow.error = { message: error.text('message') ?? '', timestamp: error.number('timestamp') ?? 0 };
    const code = error.text('code');
    if (code !== undefined) flow.error.code = code;
  }
  flow.comment = fields.text('comment') ?? '';
  flow.marked = fields.text('marked') ?? '';
  const isReplay = fields.text('isReplay');
  if (isReplay !== undefined && isReplay !== 'request' && isReplay !== 'response') {
    throw fields.wrong('isReplay', '"request" or "response"');
  }
  flow.isReplay = isReplay;
  const metadata = fields.any('metadata');
  if (metadata !== undefined) {
    Fields.of(metadata, 'metadata');
    flow.metadata = decodeMetadata(metadata as object);
  }
  return flow;
}

/** Adds a flow as an object, as described in `docs/flow.schema.json`. The most useful members come first. */
export function encodeFlow(out: JsonPieces, flow: Flow): void {
  const { type, id, timestampCreated, error } = flow;
  out.add(`{${members({ type, id, timestampCreated, error })}`);
  if (flow.type === 'http') {
    out.add(',"request":');
    encodeRequest(out, flow.request);
    if (flow.response) {
      out.add(',"response":');
      encodeResponse(out, flow.response);
    }
    const interim = encodeInterim(flow);
    if (interim) out.add(`,"interim":${JSON.stringify(interim)}`);
    if (flow.websocket) out.add(`,"websocket":${JSON.stringify(flow.websocket)}`);
    if (flow.messages) encodeMessages(out, flow.messages);
  } else if (flow.type === 'dns') {
    out.add(`,${members({ request: encodeDns(flow.request), response: flow.response && encodeDns(flow.response) })}`);
  } else encodeMessages(out, flow.messages);
  const client = encodeClient(flow.client);
  const server = encodeServer(flow.server);
  out.add(`,${members({ ...annotations(flow), client, server })}}`);
}

/** Annotations by users and addons. */
export function annotations(flow: Flow): Record<string, unknown> {
  const { comment, marked, isReplay, metadata } = flow;
  return {
    comment: comment || undefined,
    marked: marked || undefined,
    isReplay,
    metadata: Object.keys(metadata).length > 0 ? encodeMetadata(metadata) : undefined,
  };
}

function encodeDns({ answers, authorities, additionals, ...message }: DnsMessage): unknown {
  return {
    ...message,
    answers: answers.map(encodeRecord),
    authorities: authorities.map(encodeRecord),
    additionals: additionals.map(encodeRecord),
  };
}

function encodeRecord({ data, ...record }: DnsRecord): unknown {
  return { ...record, dataBase64: data.toString('base64') };
}
