import { ClientConnection, ServerConnection } from '../../../src/flow/connection.js';
import { HttpFlow } from '../../../src/flow/flow.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest, type RequestParts } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';

/** Parts of a request, with its field block as text. */
export type TestRequest = Partial<Omit<RequestParts, 'headers'>> & { fields?: string };

/** A complete request; by default `GET http://api.example/x`. */
export function testRequest({ fields = 'Host: api.example\r\n', ...parts }: TestRequest = {}): HttpRequest {
  const request = new HttpRequest({
    method: 'GET',
    scheme: 'http',
    host: 'api.example',
    port: 80,
    authority: '',
    path: '/x',
    httpVersion: 'HTTP/1.1',
    headers: new Headers(Buffer.from(fields, 'latin1')),
    ...parts,
  });
  request.body.complete = true;
  return request;
}

export interface TestFlow {
  request?: HttpRequest;
  /** Of the recorded client connection. */
  client?: string;
  /** Seconds. */
  began?: number;
  /** Seconds; undefined if there is no response. */
  ended?: number | undefined;
  status?: number;
}

/** A recorded flow. */
export function testFlow({
  request = testRequest(),
  client,
  began = 100,
  ended,
  status = 200,
}: TestFlow = {}): HttpFlow {
  const flow = new HttpFlow(new ClientConnection(client), new ServerConnection(), request, began);
  request.timestampStart = began;
  if (ended === undefined) return flow;
  flow.response = HttpResponse.make(status, 'ok');
  flow.response.timestampEnd = ended;
  return flow;
}

/** The field block of a request, one field a line. */
export function fieldsOf({ headers }: HttpRequest): string[] {
  return headers.bytes.toString('latin1').split('\r\n').slice(0, -1);
}
