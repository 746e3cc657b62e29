import { MessageLog } from '../../flow/body/messagelog.js';
import { DnsFlow, type Flow, HttpFlow, TcpFlow, UdpFlow, type WebSocketClose } from '../../flow/flow.js';
import type { ReadChains } from '../shared/certificates.js';
import { decodeClient, decodeServer } from './decode-connection.js';
import { decodeDns } from './decode-dns.js';
import { decodeInterim, decodeRequest, decodeResponse } from './decode-http.js';
import { decodeFacts } from './facts.js';
import { Fields } from './fields.js';

/**
 * A flow from the object that `encodeFlow` writes. Only the request has to be there, of HTTP and DNS flows.
 * @param messages of the flow, if it has any
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
  if (error) flow.error = { message: error.text('message') ?? '', timestamp: error.number('timestamp') ?? 0 };
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
    flow.metadata = decodeFacts(metadata as object);
  }
  return flow;
}
