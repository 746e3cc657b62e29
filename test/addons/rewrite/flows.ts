import { Body } from '../../../src/flow/body/body.js';
import { ClientConnection, ServerConnection } from '../../../src/flow/connection.js';
import { HttpFlow } from '../../../src/flow/flow.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';

export interface Exchange {
  method?: string;
  url?: string;
  request?: Iterable<[string, string]>;
  requestBody?: string;
  /** 0 for none. */
  status?: number;
  response?: Iterable<[string, string]>;
  responseBody?: string;
}

/** A flow as a capture has it: nothing of it is changed. */
export function exchange(parts: Exchange = {}): HttpFlow {
  const { method = 'GET', status = 200 } = parts;
  const url = new URL(parts.url ?? 'http://a.test/');
  const request = new HttpRequest({
    method,
    scheme: url.protocol.slice(0, -1),
    host: url.hostname,
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    authority: '',
    path: url.pathname + url.search,
    httpVersion: 'HTTP/1.1',
    ...content([['Host', url.host], ...(parts.request ?? [])], parts.requestBody),
  });
  const server = new ServerConnection();
  server.address = [request.host, request.port];
  const flow = new HttpFlow(new ClientConnection(), server, request, 1000);
  request.timestampStart = 1000;
  request.timestampEnd = 1001;
  if (status === 0) return flow;
  const reason = 'Recorded';
  const whole = content([...(parts.response ?? [])], parts.responseBody);
  flow.response = new HttpResponse({ statusCode: status, reason, httpVersion: 'HTTP/1.1', ...whole });
  flow.response.timestampStart = 1002;
  flow.response.timestampEnd = 1003;
  return flow;
}

/** @param text the decoded content, encoded as the headers say */
function content(fields: [string, string][], text = ''): { headers: Headers; body: Body } {
  const headers = Headers.from(fields);
  const coded = new Body(headers);
  coded.set(text);
  const buffer = coded.stored!.buffer!;
  const length: [string, string][] = buffer.length > 0 ? [['Content-Length', String(buffer.length)]] : [];
  const unchanged = new Headers(Headers.from([...fields, ...length]).bytes);
  const source = { size: buffer.length, buffer, read: () => coded.rawChunks(), release: () => {} };
  return { headers: unchanged, body: Body.of(unchanged, source, buffer.length, true) };
}

/** The lines of a field block, without those that only say where and how long. */
export function linesOf(headers: Headers): string[] {
  return [...headers]
    .map(([name, value]) => `${name}: ${value}`)
    .filter((line) => !/^(host|content-length):/i.test(line));
}
