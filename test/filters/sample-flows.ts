import { gzipSync } from 'node:zlib';
import { Body } from '../../src/flow/body/body.js';
import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import { ClientConnection, ServerConnection, type TlsSession } from '../../src/flow/connection.js';
import { type DnsMessage, newDnsMessage } from '../../src/flow/dns-message.js';
import { loadBodies } from '../../src/flow/filter.js';
import { DnsFlow, type Flow, HttpFlow, TcpFlow, UdpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { MessageLog } from '../../src/flow/message-log/message-log.js';
import type { DnsSpec, FlowSpec, HttpSpec } from './flow-spec.js';

/** Flows of every kind and in every state, by name. */
export const SAMPLES: Readonly<Record<string, FlowSpec>> = {
  page: {
    kind: 'http',
    created: 1000,
    client: ['10.0.0.1', 5001],
    server: ['www.example.com', 443],
    tls: true,
    isReplay: 'request',
    request: {
      method: 'GET',
      scheme: 'https',
      host: 'www.example.com',
      port: 443,
      authority: 'www.example.com',
      path: '/index.html?q=1',
      version: 'HTTP/2.0',
      headers: [['accept', 'text/html']],
      body: '',
    },
    response: {
      status: 200,
      headers: [
        ['content-type', 'text/html; charset=utf-8'],
        ['set-cookie', 'a=1'],
      ],
      body: '<h1>Gr\xc3\xbc\xc3\x9fe</h1>\nsecond line',
      seconds: 2,
    },
  },
  api: {
    kind: 'http',
    created: 2000,
    client: ['::1', 5002],
    server: ['10.1.2.3', 8080],
    marked: ':star:',
    comment: 'first line\nsecond line',
    metadata: { ticket: 'T-1', attempts: 3 },
    request: {
      method: 'POST',
      scheme: 'http',
      host: '10.1.2.3',
      port: 8080,
      path: '/v1/users',
      version: 'HTTP/1.1',
      headers: [
        ['Host', 'api.example.com:8080'],
        ['Content-Type', 'application/json'],
        ['X-Token', 'secret one'],
        ['X-Token', 'two'],
      ],
      body: '{"user": {"name": "Bob", "id": 7}, "tags": ["a", "b"]}',
    },
    response: {
      status: 201,
      headers: [
        ['Content-Type', 'application/json'],
        ['Content-Encoding', 'gzip'],
      ],
      body: gzipSync('{"id": 7, "state": "ok", "none": null}').toString('latin1'),
      seconds: 0.25,
    },
  },
  image: {
    kind: 'http',
    created: 3000,
    client: ['10.0.0.2', 5003],
    server: ['static.example.org', 80],
    isReplay: 'response',
    request: {
      method: 'GET',
      scheme: 'http',
      host: 'static.example.org',
      port: 80,
      path: '/img/caf\xc3\xa9.png',
      version: 'HTTP/1.0',
      headers: [['HOST', 'static.example.org']],
      body: '',
    },
    response: {
      status: 404,
      headers: [['content-type', 'IMAGE/PNG, image/png']],
      body: '\x89PNG\r\n\x1a\n\0\0\0\xff\xfe',
      seconds: 0.001,
    },
  },
  failed: {
    kind: 'http',
    created: 4000,
    client: ['10.0.0.1', 5004],
    server: ['down.example.net', 80],
    error: 'connection refused',
    request: {
      method: 'DELETE',
      scheme: 'http',
      host: 'down.example.net',
      port: 80,
      path: '/v1/users/7',
      version: 'HTTP/1.1',
      headers: [['Host', 'down.example.net']],
      body: '',
    },
  },
  refused: {
    kind: 'http',
    created: 5000,
    client: ['10.0.0.1', 5005],
    error: 'no route',
    request: {
      method: 'CONNECT',
      scheme: '',
      host: 'tunnel.example.net',
      port: 8443,
      authority: 'tunnel.example.net:8443',
      path: '',
      version: 'HTTP/1.1',
      headers: [['Host', 'tunnel.example.net:8443']],
      body: '',
    },
    response: { status: 502, headers: [], body: '', seconds: 60 },
  },
  chat: {
    kind: 'http',
    created: 6000,
    client: ['10.0.0.1', 5006],
    server: ['chat.example.com', 80],
    websocket: true,
    messages: [
      { fromClient: true, content: '{"say": "hello"}' },
      { fromClient: false, content: 'welcome\nall' },
    ],
    request: {
      method: 'GET',
      scheme: 'http',
      host: 'chat.example.com',
      port: 80,
      path: '/socket',
      version: 'HTTP/1.1',
      headers: [
        ['Host', 'chat.example.com'],
        ['Upgrade', 'websocket'],
      ],
      body: '',
    },
    response: { status: 101, headers: [['Upgrade', 'websocket']], body: '', seconds: 1 },
  },
  tcp: {
    kind: 'tcp',
    created: 7000,
    client: ['10.0.0.3', 5007],
    server: ['mail.example.com', 25],
    messages: [
      { fromClient: false, content: '220 ready\r\n' },
      { fromClient: true, content: 'EHLO me\r\n' },
    ],
  },
  udp: {
    kind: 'udp',
    created: 8000,
    client: ['10.0.0.4', 5008],
    server: ['time.example.com', 123],
    messages: [
      { fromClient: true, content: '\x1b\0\0' },
      { fromClient: false, content: '\x1c\x02\xff' },
    ],
  },
  dns: {
    kind: 'dns',
    created: 9000,
    client: ['10.0.0.5', 5009],
    server: ['9.9.9.9', 53],
    question: { name: 'dns.example.com', type: 1 },
    answers: [
      { name: 'dns.example.com', type: 5, data: '\x05alias\x07example\x03com\0' },
      { name: 'alias.example.com', type: 1, data: '\x01\x02\x03\x04' },
    ],
  },
  query: {
    kind: 'dns',
    created: 9500,
    client: ['10.0.0.5', 5010],
    server: ['9.9.9.9', 53],
    question: { name: 'lost.example.com', type: 28 },
  },
};

const LIMIT = 1 << 20;

/** The samples as flows whose bodies are loaded. */
export async function sampleFlows(): Promise<Record<string, Flow>> {
  const flows: Record<string, Flow> = {};
  for (const [name, spec] of Object.entries(SAMPLES)) {
    flows[name] = makeFlow(spec);
    await loadBodies(flows[name]!, LIMIT);
  }
  return flows;
}

export function makeFlow(spec: FlowSpec): Flow {
  const client = new ClientConnection();
  client.peer = spec.client;
  client.timestampEnd = spec.created + 30;
  const server = new ServerConnection();
  server.address = spec.server;
  if (spec.tls) client.tls = server.tls = TLS;
  const flow = makeKind(spec, client, server);
  if (spec.error) flow.error = { message: spec.error, timestamp: spec.created + 5 };
  flow.marked = spec.marked ?? '';
  flow.comment = spec.comment ?? '';
  // As in flows from a file of mitmproxy; it is not searched.
  flow.metadata = { ...spec.metadata, mitmproxy: { client: { tls: false } } };
  flow.isReplay = spec.isReplay;
  return flow;
}

const TLS: TlsSession = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  sni: 'www.example.com',
  alpn: 'h2',
  alpnOffers: ['h2'],
  cipherOffers: [],
  certificates: [],
  timestampSetup: 1000,
};

function makeKind(spec: FlowSpec, client: ClientConnection, server: ServerConnection): Flow {
  switch (spec.kind) {
    case 'tcp':
      return new TcpFlow(client, server, makeMessages(spec), spec.created);
    case 'udp':
      return new UdpFlow(client, server, makeMessages(spec), spec.created);
    case 'dns': {
      const flow = new DnsFlow(client, server, makeDns(spec, false), spec.created);
      if (spec.answers) flow.response = makeDns(spec, true);
      return flow;
    }
    case 'http':
      return makeHttp(spec, client, server);
  }
}

function makeHttp(spec: HttpSpec, client: ClientConnection, server: ServerConnection): HttpFlow {
  const { request, response } = spec;
  const headers = Headers.from(request.headers);
  const { method, scheme, host, port, authority = '', path, version: httpVersion } = request;
  const body = makeBody(headers, request.body);
  const parts = { method, scheme, host, port, authority, path, httpVersion, headers, body };
  const flow = new HttpFlow(client, server, new HttpRequest(parts), spec.created);
  flow.request.timestampStart = spec.created;
  flow.request.timestampEnd = spec.created;
  if (response) {
    const fields = Headers.from(response.headers);
    const content = makeBody(fields, response.body);
    flow.response = new HttpResponse({
      statusCode: response.status,
      reason: '',
      httpVersion,
      headers: fields,
      body: content,
    });
    flow.response.timestampStart = spec.created;
    flow.response.timestampEnd = spec.created + response.seconds;
  }
  if (spec.messages) flow.messages = makeMessages(spec);
  if (spec.websocket) flow.websocket = { byClient: true, code: 1000, reason: '', timestamp: spec.created + 10 };
  return flow;
}

function makeBody(headers: Headers, text: string): Body {
  const bytes = Buffer.from(text, 'latin1');
  const source = { size: bytes.length, buffer: bytes, read: () => chunks(bytes), release: () => {} };
  return Body.of(headers, source, bytes.length, true);
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function makeMessages({ messages = [], created }: FlowSpec & { messages?: HttpSpec['messages'] }): MessageLog {
  const log = new MessageLog();
  log.keepIn(new SpoolPolicy());
  for (const { fromClient, content } of messages) {
    log.append({ fromClient, opcode: 1, timestamp: created, content: Buffer.from(content, 'latin1') });
  }
  return log;
}

function makeDns({ question, answers = [], created }: DnsSpec, isResponse: boolean): DnsMessage {
  const records = answers.map(({ data, ...record }) => {
    return { ...record, class: 1, ttl: 60, data: Buffer.from(data, 'latin1') };
  });
  return newDnsMessage({
    timestamp: created + (isResponse ? 0.5 : 0),
    query: !isResponse,
    questions: [{ ...question, class: 1 }],
    answers: isResponse ? records : [],
  });
}
