import { Readable } from 'node:stream';
import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { HttpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { readFlows } from '../../src/serialize/input/reader.js';
import { NativeWriter } from '../../src/serialize/native/native-writer.js';
import { FileSink } from '../../src/serialize/output/file-sink.js';

/** Writes flows of `http://host/1`, `http://host/2`, … that were answered with their number. */
export async function writeFlows(path: string, count: number, host = 'example.com'): Promise<void> {
  const onError = (error: Error): void => {
    throw error;
  };
  const writer = new NativeWriter(await FileSink.open(path), { onError });
  for (let number = 1; number <= count; number++) await writer.write(flow(host, number));
  await writer.close();
}

/** The paths of the flows in a file. @throws Error on damage */
export async function readPaths(input: string | Buffer): Promise<string> {
  const paths: string[] = [];
  const onDamage = ({ message }: { message: string }): void => {
    throw new Error(message);
  };
  const from = typeof input === 'string' ? { path: input } : { stream: Readable.from([input]), name: 'buffer' };
  await readFlows(from, { policy: new SpoolPolicy(), onDamage }, (flow) => {
    if (flow.type === 'http') paths.push(flow.request.path);
  });
  return paths.join(' ');
}

function flow(host: string, number: number): HttpFlow {
  const request = new HttpRequest({
    method: 'GET',
    scheme: 'http',
    host,
    port: 80,
    authority: '',
    path: `/${number}`,
    httpVersion: 'HTTP/1.1',
    headers: Headers.from({ Host: host }),
  });
  request.body.complete = true;
  const client = new ClientConnection();
  client.peer = ['127.0.0.1', 1000];
  const server = new ServerConnection();
  server.address = [host, 80];
  const http = new HttpFlow(client, server, request, 1_700_000_000 + number);
  http.response = HttpResponse.make(number % 2 === 0 ? 500 : 200, `body ${number}`);
  return http;
}
