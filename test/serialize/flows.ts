import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Test } from 'tap';
import type { ByteSource } from '../../src/flow/body.js';
import { ClientConnection, ServerConnection, type TlsFacts } from '../../src/flow/connection.js';
import { type DnsMessage, newDnsMessage } from '../../src/flow/dns-message.js';
import { DnsFlow, type Flow, HttpFlow, TcpFlow, UdpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/headers.js';
import { HttpRequest } from '../../src/flow/http-request.js';
import { HttpResponse } from '../../src/flow/http-response.js';
import { type Message, MessageLog } from '../../src/flow/messagelog.js';
import { SpoolPolicy } from '../../src/flow/spool-policy.js';
import type { WriterOptions } from '../../src/serialize/format.js';
import { FORMATS, type FormatName } from '../../src/serialize/formats.js';
import type { Damage, ReadOptions, ReadSummary } from '../../src/serialize/reader.js';
import { readFlows } from '../../src/serialize/reader.js';
import type { Sink } from '../../src/serialize/sinks.js';
import { randomCuts } from '../support/cuts.js';
import { Random } from '../support/random.js';

export const policy = new SpoolPolicy();

const TIME = 1_700_000_000.25;

/** A sink that keeps what it gets. */
export class MemorySink implements Sink {
  readonly name = 'memory';
  readonly writes: Buffer[] = [];
  size = 0;

  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    // The chunks are used again as soon as they are written.
    this.writes.push(Buffer.concat(chunks));
    this.size += this.writes.at(-1)!.length;
    setImmediate(done);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }
}

export function failOnError(error: Error): void {
  throw error;
}

/** The flows as a flow file. */
export function toBytes(flows: Iterable<Flow>, compress?: WriterOptions['compress']): Promise<Buffer> {
  return toFormat('native', flows, { policy, compress });
}

/** The flows as a file of any format. @param onWritten told what was written, also if something fails */
export async function toFormat(
  format: FormatName,
  flows: Iterable<Flow>,
  options: Partial<WriterOptions> = {},
  onWritten?: (bytes: Buffer) => void,
): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = await FORMATS[format].createWriter(sink, { onError: failOnError, ...options });
  try {
    for (const flow of flows) await writer.write(flow);
  } finally {
    await writer.close();
    onWritten?.(sink.bytes);
  }
  return sink.bytes;
}

export interface ReadResult {
  flows: Flow[];
  damage: Damage[];
  summary: ReadSummary;
}

/** Reads a stream of these chunks, or a file. Flows keep their bodies. */
export async function readAll(
  input: string | readonly Buffer[],
  options: Partial<ReadOptions> = {},
): Promise<ReadResult> {
  const flows: Flow[] = [];
  const damage: Damage[] = [];
  const summary = await readFlows(
    typeof input === 'string' ? { path: input } : { stream: Readable.from(input), name: 'input' },
    { policy, wantsBodies: () => true, onDamage: (found) => damage.push(found), ...options },
    (flow) => {
      flows.push(flow);
    },
  );
  return { flows, damage, summary };
}

/** Reads these bytes as a file and as a stream in pieces, which have to give the same. @param path for the file */
export async function readBoth(t: Test, path: string, content: string | Buffer, name?: string): Promise<ReadResult> {
  const bytes = Buffer.from(content as string);
  writeFileSync(path, bytes);
  const fromFile = await readAll(path);
  const fromStream = await readAll(randomCuts(bytes, new Random(bytes.length)));
  t.same(damageOf(fromStream.damage), damageOf(fromFile.damage), name ?? 'a file and a stream');
  t.same(pathsOf(fromStream.flows), pathsOf(fromFile.flows), name ?? 'a file and a stream');
  return fromFile;
}

/** Kind and offset of what was damaged. */
export function damageOf(damage: readonly Damage[]): [kind: string, offset: number][] {
  return damage.map(({ kind, offset }) => [kind, offset]);
}

/** The paths of requests, the types of other flows. */
export function pathsOf(flows: readonly Flow[]): string[] {
  return flows.map((flow) => (flow.type === 'http' ? flow.request.path : flow.type));
}

/** All that flows say, in a form that can be compared. */
export function describeFlows(flows: Iterable<Flow>): Promise<unknown[]> {
  return Promise.all([...flows].map(describeFlow));
}

/** What there is to know about a flow, bodies and messages included, for comparing. */
export async function describeFlow(flow: Flow): Promise<unknown> {
  const { source: _source, killed: _killed, client, server, ...rest } = flow;
  const shared = { ...rest, client: { ...client }, server: { ...server } };
  if (flow.type === 'dns') return withoutUndefined(shared);
  if (flow.type !== 'http') return withoutUndefined({ ...shared, messages: await describeMessages(flow.messages) });
  return withoutUndefined({
    ...shared,
    request: await describeMessage(flow.request),
    response: flow.response && (await describeMessage(flow.response)),
    messages: flow.messages && (await describeMessages(flow.messages)),
  });
}

/** Keys that are undefined are as good as absent. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutUndefined(inner)]));
}

async function describeMessage(message: HttpRequest | HttpResponse): Promise<unknown> {
  const { body, headers, trailers, timestampStart, timestampEnd, httpVersion } = message;
  const line =
    message instanceof HttpRequest
      ? [message.method, message.scheme, message.host, message.port, message.authority, message.path]
      : [message.statusCode, message.reason];
  const content = body.kept ? await body.rawBytes() : 'not kept';
  return {
    line,
    httpVersion,
    headers: headers.bytes,
    trailers: trailers?.bytes,
    timestampStart,
    timestampEnd,
    body: { content, size: body.size, complete: body.complete },
  };
}

async function describeMessages(log: MessageLog): Promise<unknown> {
  const messages: Message[] = [];
  for await (const message of log) messages.push(message);
  return { messages, count: log.count, size: log.size };
}

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

export function newTls(name: string): TlsFacts {
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
