import t from 'tap';
import { Body } from '../../../../src/flow/body/body.js';
import { ClientConnection, ServerConnection } from '../../../../src/flow/connection.js';
import { DnsFlow, type Flow, type HttpFlow, TcpFlow } from '../../../../src/flow/flow.js';
import { Headers } from '../../../../src/flow/http/headers.js';
import { MessageLog } from '../../../../src/flow/message-log/message-log.js';
import {
  authenticatesConnection,
  dropCredentials,
  hasRecordedCredentials,
} from '../../../../src/replay/client/request/credentials.js';
import { obstacleOf } from '../../../../src/replay/client/request/obstacles.js';
import { mayRetry } from '../../../../src/replay/client/request/retry.js';
import { toHttp1 } from '../../../../src/replay/client/request/to-http1.js';
import { fieldsOf, type TestRequest, testFlow, testRequest } from '../support.js';

const HTTP2 = { httpVersion: 'HTTP/2.0', authority: 'api.example:8', fields: '' };

const TO_HTTP1: [name: string, request: TestRequest, fields: string[]][] = [
  [
    'HTTP/1.1 stays',
    { fields: 'host:  a \r\nTE: trailers\r\nCookie: a\r\nCookie: b\r\n' },
    ['host:  a ', 'TE: trailers', 'Cookie: a', 'Cookie: b'],
  ],
  ['HTTP/1.0 needs no Host', { httpVersion: 'HTTP/1.0', fields: 'a: b\r\n' }, ['a: b']],
  ['HTTP/1.1 without Host', { fields: 'a: b\r\n' }, ['Host: api.example', 'a: b']],
  ['HTTP/2', { ...HTTP2, fields: 'a: b\r\n' }, ['Host: api.example:8', 'a: b']],
  ['HTTP/3 without authority', { httpVersion: 'HTTP/3', fields: '' }, ['Host: api.example']],
  ['a Host in HTTP/2', { ...HTTP2, fields: 'host: h\r\n' }, ['host: h']],
  [
    'pseudo-header fields',
    { ...HTTP2, fields: ':method: GET\r\n:path: /\r\na: b\r\n' },
    ['Host: api.example:8', 'a: b'],
  ],
  [
    'cookie crumbs',
    { ...HTTP2, fields: 'cookie: a=1\r\nb: c\r\ncookie: d=2\r\n' },
    ['Host: api.example:8', 'cookie: a=1; d=2', 'b: c'],
  ],
  [
    'hop-by-hop fields',
    {
      ...HTTP2,
      fields:
        'te: trailers\r\nconnection: x\r\nkeep-alive: 1\r\ntransfer-encoding: chunked\r\nupgrade: h2c\r\na: b\r\n',
    },
    ['Host: api.example:8', 'te: trailers', 'a: b'],
  ],
];

for (const [name, parts, fields] of TO_HTTP1) {
  const converted = toHttp1(testRequest(parts));
  t.same(fieldsOf(converted), fields, name);
  t.match(converted.httpVersion, /^HTTP\/1\.[01]$/, name);
  t.equal(converted.method, 'GET', name);
}

t.test('the body and trailers of HTTP/2 stay', async (t) => {
  const request = testRequest({ ...HTTP2, method: 'POST' });
  request.body.set('hello');
  request.trailers = Headers.from({ T: '1' });
  const converted = toHttp1(request);
  t.equal(await converted.body.text(), 'hello');
  t.equal(converted.trailers?.get('t'), '1');
});

function withBody(fields: string, body: Body): HttpFlow {
  return testFlow({ request: testRequest({ method: 'POST', fields, body }) });
}

/** A body whose bytes were not kept, or not all received. */
function body(size: number, complete: boolean, isKept: boolean): Body {
  const source = { size, buffer: Buffer.alloc(size), read: async function* () {}, release: () => {} };
  return Body.of(new Headers(), isKept ? source : undefined, size, complete);
}

const flowOf = (change: (flow: HttpFlow) => void): HttpFlow => {
  const flow = testFlow();
  change(flow);
  return flow;
};
const connections = [new ClientConnection(), new ServerConnection()] as const;
const OBSTACLES: [name: string, flow: Flow, expected: string | undefined][] = [
  ['a request', testFlow(), undefined],
  ['TCP', new TcpFlow(...connections, new MessageLog(), 1), 'tcp'],
  ['DNS', new DnsFlow(...connections, {} as never, 1), 'dns'],
  ['CONNECT', testFlow({ request: testRequest({ method: 'CONNECT' }) }), 'connect'],
  ['an upgrade in bytes', flowOf((flow) => (flow.messages = new MessageLog())), 'upgrade'],
  [
    'a WebSocket',
    flowOf((flow) => {
      flow.messages = new MessageLog();
      flow.websocket = { byClient: true, code: 1000, reason: '', timestamp: 1 };
    }),
    undefined,
  ],
  ['a refused request', flowOf((flow) => (flow.metadata.refused = true)), 'invalid'],
];

for (const [name, flow, expected] of OBSTACLES) t.equal(obstacleOf(flow), expected, name);

t.equal(obstacleOf(completed(withBody('Content-Length: 3\r\n', body(3, true, true)), true)), undefined);
t.equal(obstacleOf(completed(withBody('Content-Length: 3\r\n', body(3, true, false)), true)), 'not-kept');
t.equal(obstacleOf(completed(withBody('Content-Length: 5\r\n', body(3, false, true)), false)), 'incomplete');
t.equal(obstacleOf(completed(withBody('Transfer-Encoding: chunked\r\n', body(0, false, true)), false)), 'incomplete');
t.equal(obstacleOf(completed(withBody('Content-Length: 0\r\n', body(0, false, true)), false)), undefined);
t.equal(obstacleOf(completed(withBody('', body(0, false, true)), false)), undefined, 'a GET that was cut off');

function completed(flow: HttpFlow, complete: boolean): HttpFlow {
  flow.request.body.complete = complete;
  return flow;
}

t.test('credentials', (t) => {
  for (const name of ['Authorization', 'proxy-authorization', 'COOKIE']) {
    const recorded = Headers.from({ a: 'b', [name]: 'secret' });
    const headers = recorded.clone();
    t.equal(hasRecordedCredentials(headers, recorded), true, name);
    t.equal(hasRecordedCredentials(Headers.from({ [name]: 'of the new session' }), recorded), false, name);
    dropCredentials(headers);
    t.equal(headers.bytes.toString(), 'a: b\r\n');
    t.equal(hasRecordedCredentials(headers, recorded), false);
  }
  const divided = Headers.from([
    ['cookie', 'a=1'],
    ['cookie', 'b=2'],
  ]);
  t.equal(hasRecordedCredentials(Headers.from({ Cookie: 'a=1; b=2' }), divided), true, 'from HTTP/2');
  for (const [value, expected] of [
    ['NTLM abc', true],
    ['Negotiate abc', true],
    [' ntlm', true],
    ['Basic abc', false],
    ['Bearer ntlm', false],
  ] as const) {
    t.equal(authenticatesConnection(Headers.from({ Authorization: value })), expected, value);
  }
  t.end();
});

const RETRIES: [
  name: string,
  method: string,
  code: string | undefined,
  change: (flow: HttpFlow) => void,
  expected: boolean,
][] = [
  ['no error', 'GET', undefined, () => {}, false],
  ['refused', 'POST', 'ECONNREFUSED', () => {}, true],
  ['no such name', 'POST', 'ENOTFOUND', () => {}, true],
  ['not connected', 'POST', 'tls-failed', ({ server }) => (server.error = 'no'), true],
  ['the certificate', 'GET', 'certificate-rejected', ({ server }) => (server.error = 'no'), false],
  ['not permitted', 'GET', 'not-permitted', ({ server }) => (server.error = 'no'), false],
  ['reset', 'GET', 'ECONNRESET', () => {}, true],
  ['reset', 'POST', 'ECONNRESET', () => {}, false],
  ['closed', 'PUT', 'upstream-failed', () => {}, true],
  ['closed', 'PATCH', 'upstream-failed', () => {}, false],
  ['a reused connection', 'GET', 'connection-lost', () => {}, true],
  ['a reused connection', 'POST', 'connection-lost', () => {}, false],
  ['too late', 'GET', 'upstream-timeout', () => {}, false],
  ['killed', 'GET', 'killed', () => {}, false],
  ['interrupted', 'GET', 'interrupted', () => {}, false],
];

for (const [name, method, code, change, expected] of RETRIES) {
  const flow = testFlow({ request: testRequest({ method }) });
  if (code !== undefined) flow.error = { message: '', timestamp: 1, code };
  change(flow);
  t.equal(mayRetry(flow), expected, `${method} ${name}`);
  const answered = testFlow({ request: testRequest({ method }), ended: 2 });
  answered.error = { message: '', timestamp: 1, code: code ?? 'truncated' };
  t.equal(mayRetry(answered), false, `${method} ${name}, with a part of a response`);
}
