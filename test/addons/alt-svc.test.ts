import t from 'tap';
import { AltSvc } from '../../src/addons/alt-svc.js';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { HttpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';

const addon = new AltSvc();

function flowWith(mode: string, altSvc: string | undefined): HttpFlow {
  const client = new ClientConnection();
  client.mode = mode;
  client.local = ['127.0.0.1', 8080];
  const request = new HttpRequest({
    method: 'GET',
    scheme: 'https',
    host: 'a',
    port: 443,
    authority: '',
    path: '/',
    httpVersion: 'HTTP/1.1',
    headers: new Headers(Buffer.alloc(0)),
  });
  const flow = new HttpFlow(client, new ServerConnection(), request, 0);
  flow.response = HttpResponse.make(200, '', altSvc === undefined ? {} : { 'alt-svc': altSvc });
  return flow;
}

const CASES: [mode: string, altSvc: string | undefined, expected: string | undefined][] = [
  ['reverse:https://a', 'h3=":443"; ma=86400', 'h3=":8080"; ma=86400'],
  ['reverse:https://a', 'h3=":443", h2="alt.example.com:8443"', 'h3=":8080", h2=":8080"'],
  ['reverse:https://a', 'h3="[2001:db8::1]:443"; ma=1, h2=":1"', 'h3=":8080"; ma=1, h2=":8080"'],
  ['Reverse:a', 'h3=":443"', 'h3=":8080"'],
  ['reverse:https://a', 'clear', 'clear'],
  ['reverse:https://a', undefined, undefined],
  ['regular', 'h3=":443"', 'h3=":443"'],
  ['transparent', 'h3=":443"', 'h3=":443"'],
];

for (const [mode, altSvc, expected] of CASES) {
  const flow = flowWith(mode, altSvc);
  addon.responseHeaders(flow);
  t.equal(flow.response!.headers.get('alt-svc'), expected, `${mode}: ${altSvc}`);
}
