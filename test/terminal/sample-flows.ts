import { Writable } from 'node:stream';
import { Body, type ByteSource } from '../../src/flow/body/body.js';
import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { type DnsMessage, newDnsMessage } from '../../src/flow/dns-message.js';
import { DnsFlow, HttpFlow, TcpFlow, UdpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { LiveMessage } from '../../src/flow/message-log/live-message.js';
import { type Message, MessageLog } from '../../src/flow/message-log/message-log.js';
import { LineSink } from '../../src/terminal/line-sink.js';

type Fields = Record<string, string> | [string, string][];

export interface Sample {
  method?: string;
  scheme?: string;
  host?: string;
  port?: number;
  authority?: string;
  path?: string;
  version?: string;
  headers?: Fields;
  body?: Buffer | string;
}

export interface SampleResponse {
  status?: number;
  reason?: string;
  version?: string;
  headers?: Fields;
  body?: Buffer | string;
}

/** A flow of 127.0.0.1:51234 with example.com. */
export function httpFlow(request: Sample = {}, response?: SampleResponse): HttpFlow {
  const { client, server } = connections(request.port ?? 80);
  const headers = Headers.from(request.headers ?? {});
  const flow = new HttpFlow(
    client,
    server,
    new HttpRequest({
      method: request.method ?? 'GET',
      scheme: request.scheme ?? 'http',
      host: request.host ?? 'example.com',
      port: request.port ?? 80,
      authority: request.authority ?? '',
      path: request.path ?? '/',
      httpVersion: request.version ?? 'HTTP/1.1',
      headers,
      body: keptBody(headers, request.body ?? ''),
    }),
    1,
  );
  if (response) flow.response = httpResponse(response);
  return flow;
}

export function httpResponse(response: SampleResponse): HttpResponse {
  const headers = Headers.from(response.headers ?? {});
  return new HttpResponse({
    statusCode: response.status ?? 200,
    reason: response.reason ?? 'OK',
    httpVersion: response.version ?? 'HTTP/1.1',
    headers,
    body: keptBody(headers, response.body ?? ''),
  });
}

export function tcpFlow(messages?: MessageLog): TcpFlow {
  const { client, server } = connections(5432);
  return new TcpFlow(client, server, messages ?? messageLog(), 1);
}

export function udpFlow(messages?: MessageLog): UdpFlow {
  const { client, server } = connections(443);
  return new UdpFlow(client, server, messages ?? messageLog(), 1);
}

export function dnsFlow(request: Partial<DnsMessage>, response?: Partial<DnsMessage>): DnsFlow {
  const { client, server } = connections(53);
  const flow = new DnsFlow(client, server, dnsMessage({ query: true, ...request }), 1);
  if (response) flow.response = dnsMessage(response);
  return flow;
}

export function message(fromClient: boolean, content: string | Buffer, opcode = 0): LiveMessage {
  return new LiveMessage(fromClient, opcode, 1, Buffer.from(content as string));
}

export function messageLog(...messages: Message[]): MessageLog {
  const log = new MessageLog();
  log.keepIn(new SpoolPolicy());
  for (const entry of messages) log.append(entry);
  return log;
}

/** A body whose bytes come from wherever the test says. */
export function bodyFrom(headers: Headers, size: number, read: () => AsyncIterable<Buffer>): Body {
  const source: ByteSource = { size, buffer: undefined, read, release: () => {} };
  return Body.of(headers, source, size, true);
}

/** A sink, and what came out of it. */
export function textSink(): { out: LineSink; text: () => Promise<string> } {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const out = new LineSink(stream);
  return {
    out,
    text: async () => {
      await out.flush();
      return chunks.join('');
    },
  };
}

function connections(port: number): { client: ClientConnection; server: ServerConnection } {
  const client = new ClientConnection();
  client.peer = ['127.0.0.1', 51234];
  const server = new ServerConnection();
  server.address = ['example.com', port];
  server.peer = ['192.0.2.1', port];
  return { client, server };
}

function keptBody(headers: Headers, content: Buffer | string): Body {
  const bytes = Buffer.from(content as string);
  async function* read(): AsyncGenerator<Buffer> {
    yield bytes;
  }
  const source: ByteSource = { size: bytes.length, buffer: bytes, read, release: () => {} };
  return Body.of(headers, bytes.length > 0 ? source : undefined, bytes.length, true);
}

function dnsMessage(parts: Partial<DnsMessage>): DnsMessage {
  return newDnsMessage({ timestamp: 1, id: 1, recursionDesired: true, recursionAvailable: true, ...parts });
}
