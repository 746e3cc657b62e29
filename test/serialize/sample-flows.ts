import type { ByteSource } from '../../src/flow/body/body.js';
import { ClientConnection, ServerConnection, type TlsSession } from '../../src/flow/connection.js';
import { type DnsMessage, newDnsMessage } from '../../src/flow/dns-message.js';
import { DnsFlow, type Flow, HttpFlow, TcpFlow, UdpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { MessageLog } from '../../src/flow/message-log/message-log.js';
import { policy } from './flows.js';

const TIME = 1_700_000_000.25;

/** Flows of all types with everything that a flow can have, and with nothing that it need not have. */
export function sampleFlows(): Flow[] {
  return [
    fullHttpFlow(),
    plainHttpFlow(),
    upgradedFlow(),
    connectFlow(),
    tcpFlow(),
    udpFlow(),
    fullDnsFlow(),
    plainDnsFlow(),
  ];
}

/** A GET that was answered with this text. */
export function plainHttpFlow(path = '/', text = 'hello'): HttpFlow {
  const request = newRequest('GET', path);
  request.body.complete = true;
  const flow = new HttpFlow(newClient(), newServer(), request, TIME);
  flow.response = newResponse(200, 'OK');
  flow.response.body.keepIn(policy);
  if (text) flow.response.body.append(Buffer.from(text));
  flow.response.body.complete = true;
  return flow;
}

/** An HTTP flow in which nothing is left out. */
export function fullHttpFlow(): HttpFlow {
  const request = newRequest('POST', '/caf\xe9?q=\xff%00');
  request.trailers = Headers.from({ 'X-Sum': '1' });
  request.body.keepIn(policy);
  request.body.append(Buffer.from('a=1&'));
  request.body.append(Buffer.from('b=2'));
  request.body.complete = true;
  const flow = new HttpFlow(newClient(), newServer(), request, TIME);
  const { client, server } = flow;
  client.tls = newTls('client');
  client.timestampEnd = TIME + 4;
  client.error = 'client went away';
  client.mode = 'reverse:https://example.com';
  server.tls = newTls('server');
  server.timestampEnd = TIME + 5;
  server.error = 'connection reset';
  flow.response = newResponse(599, 'Stra\xdfe');
  flow.response.trailers = new Headers();
  flow.response.body.keepIn(policy);
  flow.response.body.append(Buffer.from([0, 1, 2, 255]));
  flow.interim = [
    { statusCode: 103, reason: 'Early \xdfints', headers: Headers.from({ Link: '</a.css>' }), timestamp: TIME + 0.21 },
    { statusCode: 102, reason: '', headers: new Headers(), timestamp: TIME + 0.22 },
  ];
  flow.error = { message: 'the server broke off – „plötzlich“', timestamp: TIME + 6 };
  flow.isReplay = 'response';
  flow.metadata = {
    text: 'ä',
    number: 1.5,
    whole: 3,
    list: [1, [2]],
    bytes: Buffer.from([1, 2]),
    none: null,
    yes: true,
  };
  flow.comment = 'seen ☃';
  flow.marked = ':red_circle:';
  return flow;
}

function newLog(): MessageLog {
  const log = new MessageLog();
  log.keepIn(policy);
  return log;
}

/** A WebSocket flow. */
export function upgradedFlow(): HttpFlow {
  const request = newRequest('GET', '/chat');
  request.body.complete = true;
  const flow = new HttpFlow(newClient(), newServer(), request, TIME);
  flow.response = newResponse(101, 'Switching Protocols');
  flow.response.body.complete = true;
  flow.messages = newLog();
  flow.messages.append({ fromClient: true, opcode: 1, timestamp: TIME + 1.5, content: Buffer.from('hi') });
  flow.messages.append({ fromClient: false, opcode: 2, timestamp: TIME + 2, content: Buffer.alloc(0) });
  flow.messages.append({ fromClient: false, opcode: 2, timestamp: TIME + 3, content: Buffer.from([0xff]) });
  flow.websocket = { byClient: false, code: 1000, reason: 'b\u00efe', timestamp: TIME + 4 };
  return flow;
}

/** A CONNECT that failed, over a connection that never was. */
export function connectFlow(): HttpFlow {
  const request = new HttpRequest({
    method: 'CONNECT',
    scheme: '',
    host: '::1',
    port: 443,
    authority: '[::1]:443',
    path: '',
    httpVersion: 'HTTP/1.1',
    headers: new Headers(),
  });
  const flow = new HttpFlow(new ClientConnection(), new ServerConnection(), request, 0);
  flow.error = { message: 'refused', timestamp: 1 };
  return flow;
}

export function tcpFlow(): TcpFlow {
  const flow = new TcpFlow(newClient(), newServerVia(), newLog(), TIME);
  flow.messages.append({ fromClient: true, opcode: 0, timestamp: TIME, content: Buffer.from('EHLO\r\n') });
  return flow;
}

function udpFlow(): UdpFlow {
  const flow = new UdpFlow(newClient(), newServer(), newLog(), TIME);
  flow.client.transport = 'udp';
  flow.server.transport = 'udp';
  return flow;
}

function fullDnsFlow(): DnsFlow {
  const question = { name: 'b\xfccher.example', type: 1, class: 1 };
  const record = { ...question, ttl: 300, data: Buffer.from([192, 0, 2, 1]) };
  const flow = new DnsFlow(newClient(), newServer(), dnsMessage({ questions: [question] }), TIME);
  const answer = { query: false, recursionAvailable: true, responseCode: 3, questions: [question] };
  flow.response = dnsMessage({ ...answer, answers: [record, record], authorities: [record], additionals: [record] });
  return flow;
}

function plainDnsFlow(): DnsFlow {
  return new DnsFlow(new ClientConnection(), new ServerConnection(), dnsMessage({}), TIME);
}

function dnsMessage(parts: Partial<DnsMessage>): DnsMessage {
  const flags = { query: true, truncation: true, recursionDesired: true };
  return newDnsMessage({ timestamp: TIME, id: 65535, ...flags, ...parts });
}

export function newClient(): ClientConnection {
  const client = new ClientConnection();
  client.peer = ['::1', 51_234];
  client.local = ['127.0.0.1', 8080];
  client.timestampStart = TIME;
  return client;
}

export function newServer(): ServerConnection {
  const server = new ServerConnection();
  server.address = ['example.com', 80];
  server.peer = ['192.0.2.1', 80];
  server.local = ['198.51.100.1', 40_000];
  server.timestampStart = TIME + 0.001;
  server.timestampTcpSetup = TIME + 0.002;
  return server;
}

/** The same through a proxy. */
function newServerVia(): ServerConnection {
  const server = newServer();
  server.via = { scheme: 'socks5', address: ['proxy.example', 1080] };
  return server;
}

export function newTls(name: string): TlsSession {
  return {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    sni: 'example.com',
    alpn: 'h2',
    alpnOffers: ['h2', 'http/1.1'],
    cipherOffers: Array.from({ length: 20 }, (_zero, at) => 0x1301 + at * 1000),
    certificates: [Buffer.from(`leaf of ${name}`), Buffer.alloc(300, name)],
    timestampSetup: TIME + 0.5,
  };
}

function newRequest(method: string, path: string): HttpRequest {
  const request = new HttpRequest({
    method,
    scheme: 'http',
    host: 'example.com',
    port: 80,
    authority: method === 'GET' ? '' : 'example.com',
    path,
    httpVersion: 'HTTP/1.1',
    headers: new Headers(Buffer.from('host:  example.com\r\nX-Odd:\t\xe9\r\nX-Odd: 2\r\n', 'latin1')),
  });
  request.timestampStart = TIME + 0.1;
  request.timestampEnd = TIME + 0.2;
  return request;
}

function newResponse(statusCode: number, reason: string): HttpResponse {
  const headers = Headers.from([['Content-Type', 'text/plain']]);
  const response = new HttpResponse({ statusCode, reason, httpVersion: 'HTTP/1.1', headers });
  response.timestampStart = TIME + 0.3;
  response.timestampEnd = TIME + 0.4;
  return response;
}

/** Bytes that can only be read piece by piece. */
export function streamedSource(chunks: readonly Buffer[]): ByteSource {
  return {
    size: chunks.reduce((sum, { length }) => sum + length, 0),
    buffer: undefined,
    async *read() {
      yield* chunks;
    },
    release() {},
  };
}
