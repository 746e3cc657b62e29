import { brotliCompressSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { Body } from '../../../src/flow/body/body.js';
import { MemorySource } from '../../../src/flow/body/byte-source.js';
import { EventMarks } from '../../../src/flow/body/event-marks.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { TestProxy, type TestProxyOptions } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import { capture, exchange, policy, type ReplaySettings, replayOf } from './recorded.js';

/** A proxy that answers from recorded flows. */
async function answering(
  t: Test,
  flows: readonly HttpFlow[],
  settings: ReplaySettings = {},
  options: TestProxyOptions = {},
): Promise<TestProxy> {
  const replay = await replayOf(t, [await capture(t, flows)], settings);
  const refuse = () => ({ message: 'no connection' });
  return TestProxy.start(t, { addons: [replay], permitConnection: refuse, ...options });
}

const get = (path: string, fields = '', version = 'HTTP/1.1') =>
  `GET http://a.test${path} ${version}\r\nHost: a.test\r\n${fields}\r\n`;

/** What a client gets for a request, until the connection ends or this text comes. */
async function asked(proxy: TestProxy, request: string, until: string): Promise<string> {
  const wire = await proxy.connect();
  wire.send(request);
  await wire.until(() => wire.text.includes(until) || wire.ended || wire.closed, until);
  return wire.text;
}

function recorded(
  path: string,
  fields: [string, string][],
  bytes: Buffer,
  parts: { status?: number; version?: string } = {},
) {
  const flow = exchange({ url: `http://a.test${path}`, status: 0, request: [['Accept-Encoding', 'gzip, br']] });
  const headers = Headers.from(fields);
  const { status = 200, version = 'HTTP/1.1' } = parts;
  const body = Body.of(headers, new MemorySource(bytes), bytes.length, true);
  const reason = version === 'HTTP/1.1' ? 'Recorded' : '';
  flow.response = new HttpResponse({ statusCode: status, reason, httpVersion: version, headers, body });
  flow.response.timestampStart = 1002;
  flow.response.timestampEnd = 1003;
  return flow;
}

t.test('as it was recorded: status, fields, framing', async (t) => {
  const content = Buffer.from('content');
  const proxy = await answering(t, [
    recorded(
      '/length',
      [
        ['X-Case', 'a'],
        ['Content-Length', '7'],
        ['x-case', 'b'],
      ],
      content,
      { status: 207 },
    ),
    recorded('/chunked', [['Transfer-Encoding', 'chunked']], content),
    recorded('/close', [['Connection', 'close']], content),
    recorded('/two', [['content-length', '7']], content, { version: 'HTTP/2.0' }),
    recorded('/nothing', [], Buffer.alloc(0), { status: 204 }),
  ]);
  const cases: [string, string][] = [
    ['/length', 'HTTP/1.1 207 Recorded\r\nX-Case: a\r\nContent-Length: 7\r\nx-case: b\r\n\r\ncontent'],
    ['/chunked', 'HTTP/1.1 200 Recorded\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ncontent\r\n0\r\n\r\n'],
    ['/close', 'HTTP/1.1 200 Recorded\r\nConnection: close\r\nContent-Length: 7\r\n\r\ncontent'],
    ['/two', 'HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\ncontent'],
    ['/nothing', 'HTTP/1.1 204 Recorded\r\n\r\n'],
  ];
  for (const [path, wanted] of cases) t.equal(await asked(proxy, get(path), wanted.slice(-7)), wanted, path);
  const { flow } = await proxy.http();
  t.equal(flow.isReplay, 'response');
  t.ok(flow.response!.timestampStart > 1_000_000, 'times of now');
});

t.test('an old client gets no chunks', async (t) => {
  const proxy = await answering(t, [recorded('/', [['Transfer-Encoding', 'chunked']], Buffer.from('content'))]);
  t.equal(await asked(proxy, get('/', '', 'HTTP/1.0'), 'content'), 'HTTP/1.1 200 Recorded\r\n\r\ncontent');
});

t.test('HEAD gets the fields only', async (t) => {
  const flow = exchange({ method: 'HEAD', url: 'http://a.test/', response: [['Content-Length', '5']] });
  const proxy = await answering(t, [flow]);
  const request = get('/').replace('GET', 'HEAD');
  const wanted = 'HTTP/1.1 200 Recorded\r\nContent-Length: 5\r\n\r\n';
  t.equal(await asked(proxy, request, '\r\n\r\n'), wanted);
});

t.test('trailers and interim responses', async (t) => {
  const flow = recorded('/', [['Transfer-Encoding', 'chunked']], Buffer.from('content'));
  flow.response!.trailers = Headers.from({ 'X-Sum': '1' });
  const hint = { statusCode: 103, reason: 'Early Hints', headers: Headers.from({ Link: '</a>' }), timestamp: 1001 };
  const other = { statusCode: 100, reason: 'Continue', headers: Headers.from({}), timestamp: 1001 };
  flow.interim = [other, hint];
  const proxy = await answering(t, [flow]);
  t.equal(
    await asked(proxy, get('/'), 'X-Sum: 1\r\n\r\n'),
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' +
      'HTTP/1.1 200 Recorded\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ncontent\r\n0\r\nX-Sum: 1\r\n\r\n',
  );
});

t.test('a coding that the client does not accept is undone', async (t) => {
  const plain = Buffer.from('plain '.repeat(20));
  const coded = gzipSync(plain);
  const fields: [string, string][] = [
    ['Content-Encoding', 'gzip'],
    ['Content-Length', String(coded.length)],
  ];
  const flows = () => [
    recorded('/', fields, coded),
    recorded('/br', [['Content-Encoding', 'br']], brotliCompressSync(plain)),
  ];
  const proxy = await answering(t, flows(), { sequence: { reuse: true, after: 'miss' } });
  const plainly = `HTTP/1.1 200 Recorded\r\nContent-Length: ${plain.length}\r\n\r\n${plain}`;
  t.equal(await asked(proxy, get('/'), String(plain)), plainly);
  t.equal(await asked(proxy, get('/', 'Accept-Encoding: br\r\n'), String(plain)), plainly);
  t.equal(await asked(proxy, get('/br', 'Accept-Encoding: gzip\r\n'), String(plain)), plainly);
  const accepted = await asked(proxy, get('/', 'Accept-Encoding: gzip\r\n'), coded.toString('latin1'));
  t.ok(accepted.includes('Content-Encoding: gzip\r\n'));
});

t.test('a 304 is an answer only to a client that asked for it', async (t) => {
  const unchanged = (etag: string, content = '') => {
    const flow = recorded('/', [['ETag', etag]], Buffer.from(content), { status: 304 });
    flow.request.headers.set('If-None-Match', etag);
    return flow;
  };
  const length: [string, string] = ['Content-Length', '3'];
  const both = await answering(t, [unchanged('"1"'), recorded('/', [length], Buffer.from('new')), unchanged('"2"')]);
  t.match(await asked(both, get('/'), 'new'), /^HTTP\/1.1 200 Recorded\r\n/, 'the next one that is');
  t.match(await asked(both, get('/', 'If-None-Match: "2"\r\n'), '\r\n\r\n'), /^HTTP\/1.1 304 Recorded\r\n/);

  const repeated = async (after: 'miss' | 'last' | 'first', flows: HttpFlow[], requests: string[]) => {
    const lines: string[] = [];
    const replay = await answering(t, flows, { sequence: { reuse: false, after }, extra: 404, lines });
    const statuses = [];
    for (const request of requests) statuses.push((await asked(replay, request, '\r\n\r\n')).slice(9, 12));
    return [statuses.join(' '), lines.join('\n')] as const;
  };
  const mixed = () => [unchanged('"1"'), recorded('/', [['Content-Length', '0']], Buffer.alloc(0)), unchanged('"2"')];
  const [asks, plain] = [get('/', 'If-None-Match: "2"\r\n'), get('/')];
  const [statuses, lines] = await repeated('miss', mixed(), [plain, plain, asks, asks, asks]);
  t.equal(statuses, '200 404 304 304 404', 'what was passed over is still an answer');
  t.match(lines, /all recorded answers.*\(1\)/i);
  t.equal((await repeated('first', mixed(), [plain, plain, asks, plain]))[0], '200 200 304 200');
  t.equal((await repeated('last', mixed(), [plain, asks, asks, plain]))[0], '200 304 304 200', 'the last usable one');
  const reused = await answering(t, mixed(), { sequence: { reuse: true, after: 'miss' } });
  t.match(await asked(reused, plain, '\r\n\r\n'), /^HTTP\/1.1 200 /);
  t.match(await asked(reused, asks, '\r\n\r\n'), /^HTTP\/1.1 304 /);

  const unconditional = await answering(t, [recorded('/', [], Buffer.alloc(0), { status: 304 })]);
  t.match(await asked(unconditional, plain, '\r\n\r\n'), /^HTTP\/1.1 304 /, 'of a server that uses it otherwise');

  for (const sequence of [
    { reuse: false, after: 'miss' },
    { reuse: false, after: 'last' },
    { reuse: false, after: 'first' },
    { reuse: true, after: 'miss' },
  ] as const) {
    const lines: string[] = [];
    const none = await answering(t, [unchanged('"1"'), unchanged('"2"')], { sequence, extra: 404, lines });
    t.match(await asked(none, get('/'), '\r\n\r\n'), /^HTTP\/1.1 404 /);
    t.match(lines.join('\n'), /closest: GET http:\/\/a.test\/\n *header if-none-match: "\\"1\\"" → missing/);
  }

  const exported = await answering(t, [unchanged('"1"', 'cached')]);
  t.match(
    await asked(exported, get('/'), 'cached'),
    /^HTTP\/1.1 200 OK\r\n/,
    'browsers export the content of their cache',
  );
});

t.test('the explanation of a miss shows where long values differ', async (t) => {
  const long = 'x'.repeat(5000);
  const explained = async (was: string, now: string) => {
    const lines: string[] = [];
    const replay = await answering(t, [recorded(`/?${was}`, [], Buffer.alloc(0))], { extra: 404, lines });
    await asked(replay, get(`/?${now}`), '\r\n\r\n');
    await until(() => lines.length > 0, 'the explanation');
    return lines.join('\n').split('\n').slice(2);
  };
  t.same(await explained('', `${long}=1`), [`query ${'x'.repeat(194)}…: not recorded, now "1"`]);
  t.same(await explained(`a=${long}1`, `a=${long}2`), [`query a: "…${'x'.repeat(50)}1" → "…${'x'.repeat(50)}2"`]);
  t.match((await explained(`a=${long}`, 'a=1'))[0], /^query a: "x+…" → "1"$/);
});

t.test('a request to another server is not compared with unrelated ones', async (t) => {
  const lines: string[] = [];
  const flows = [recorded('/', [], Buffer.alloc(0)), recorded('/api/items', [], Buffer.alloc(0))];
  const replay = await answering(t, flows, { extra: 404, lines });
  const explained = async (url: string) => {
    lines.length = 0;
    await asked(replay, `GET ${url} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`, '\r\n\r\n');
    await until(() => lines.length > 0, 'the explanation');
    return lines.join('\n').split('\n').slice(1);
  };
  t.same(await explained('http://b.test/updates/1?system=x'), []);
  t.match(await explained('http://b.test/api/v2/items'), ['closest: GET http://a.test/api/items', /host/, /path/]);
  t.match(await explained('http://a.test/updates'), ['closest: GET http://a.test/', /path/]);
});

t.test('a connection that broke off breaks off again', async (t) => {
  const broken = (path: string, fields: [string, string][]) => {
    const flow = recorded(path, fields, Buffer.from('part'));
    flow.response!.body.complete = false;
    flow.error = { message: 'gone', timestamp: 1003, code: 'truncated' };
    return flow;
  };
  const silent = exchange({ url: 'http://a.test/silent', status: 0 });
  silent.error = { message: 'gone', timestamp: 1003, code: 'ECONNRESET' };
  silent.server.timestampTcpSetup = 1000;
  const refused = exchange({ url: 'http://a.test/refused', status: 0 });
  refused.error = { message: 'refused', timestamp: 1003, code: 'ECONNREFUSED' };
  const left = broken('/left', [['Content-Length', '100']]);
  left.error!.code = 'client-disconnected';
  // As mitmproxy stores a chunked body that it streamed.
  const unsaved = recorded('/unsaved', [['Transfer-Encoding', 'chunked']], Buffer.alloc(0));
  unsaved.response!.body.complete = false;
  const proxy = await answering(
    t,
    [
      broken('/length', [['Content-Length', '100']]),
      broken('/chunks', [['Transfer-Encoding', 'chunked']]),
      silent,
      refused,
      left,
      unsaved,
    ],
    { extra: 404 },
  );
  for (const [path, end] of [
    ['/length', '\r\n\r\npart'],
    ['/chunks', '4\r\npart\r\n'],
    ['/silent', ''],
  ] as const) {
    const wire = await proxy.connect();
    wire.send(get(path));
    await wire.until(() => wire.closed || wire.ended, 'the end');
    t.ok(wire.text.endsWith(end), path);
    t.notOk(wire.text.includes('\r\n0\r\n\r\n'), path);
    if (end === '') t.equal(wire.text, '');
  }
  const { flow } = await proxy.http();
  t.equal(flow.error!.code, 'truncated');
  t.equal(flow.response!.body.complete, false);
  for (const path of ['/refused', '/left', '/unsaved'])
    t.match(await asked(proxy, get(path), '\r\n\r\n'), /^HTTP\/1.1 404 /, path);
});

t.test('an event stream comes event by event', async (t) => {
  const flow = recorded(
    '/',
    [['Content-Type', 'text/event-stream']],
    Buffer.from('data: 1\n\ndata: 22\n\ndata: 3\n\n'),
  );
  const marks = new EventMarks();
  marks.keepIn(policy);
  for (const [at, offset] of [0, 9, 19].entries()) marks.append(offset, 1002 + at / 100);
  flow.response!.marks = marks;
  for (const latency of [0, 1]) {
    const proxy = await answering(t, [flow], { response: { refresh: false, latency, policy } });
    t.equal(
      await asked(proxy, get('/'), '0\r\n\r\n'),
      'HTTP/1.1 200 Recorded\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '9\r\ndata: 1\n\n\r\na\r\ndata: 22\n\n\r\n9\r\ndata: 3\n\n\r\n0\r\n\r\n',
    );
  }
});

t.test('a client that leaves ends an event stream that waits', async (t) => {
  const flow = recorded('/', [['Content-Type', 'text/event-stream']], Buffer.from('data: 1\n\ndata: 2\n\n'));
  const marks = new EventMarks();
  marks.keepIn(policy);
  marks.append(0, 1002);
  marks.append(9, 1_000_000);
  flow.response!.marks = marks;
  const proxy = await answering(t, [flow], { response: { refresh: false, latency: 1, policy } });
  const wire = await proxy.connect();
  wire.send(get('/'));
  await wire.has('data: 1');
  wire.reset();
  t.equal((await proxy.http()).flow.error!.code, 'client-disconnected');
});

t.test('a client that leaves while its answer waits', async (t) => {
  const flow = recorded('/', [], Buffer.from('content'));
  flow.response!.timestampStart = 1_000_000;
  const proxy = await answering(t, [flow], { response: { refresh: false, latency: 1, policy } });
  const wire = await proxy.connect();
  wire.send(get('/'));
  wire.reset();
  t.equal((await proxy.http()).flow.error!.code, 'client-disconnected');
});

t.test('large bodies are sent from the capture', async (t) => {
  const content = Buffer.alloc(3 << 20, 'large body ');
  const proxy = await answering(t, [recorded('/', [['Content-Length', String(content.length)]], content)], {
    sequence: { reuse: true, after: 'miss' },
  });
  for (let time = 0; time < 2; time++) {
    const wire = await proxy.connect();
    wire.send(get('/'));
    await wire.until(() => wire.size > content.length, 'all of it');
    t.ok(wire.bytes.subarray(wire.size - content.length).equals(content));
  }
});

t.test('what a miss gets', async (t) => {
  const flows = [recorded('/a', [], Buffer.from('content'))];
  const forwarded = await answering(t, flows, { extra: 'forward' });
  t.match(await asked(forwarded, get('/b'), '\r\n\r\n'), /^HTTP\/1.1 502 /);
  const status = await answering(t, flows, { extra: 404 });
  t.equal(await asked(status, get('/b'), '\r\n\r\n'), 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
  const killed = await answering(t, flows, { extra: 'kill' });
  t.equal(await asked(killed, get('/b'), '\r\n\r\n'), '');
  const lines: string[] = [];
  const offline = await answering(t, flows, { extra: 'forward', offline: true, lines });
  const answer = await asked(offline, get('/b'), '"}]}');
  t.match(answer, /^HTTP\/1.1 599 /);
  const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
  t.match(body, { method: 'GET', url: 'http://a.test/b', answers_given: 0, closest: { url: 'http://a.test/a' } });
  t.same(body.differences, [{ where: 'path', recorded: '/a', now: '/b' }]);
  await asked(offline, get('/b'), '"}]}');
  t.same(
    lines,
    ['No recorded answer to GET http://a.test/b.\nclosest: GET http://a.test/a\npath: "/a" → "/b"'],
    'once',
  );
});

t.test('what other addons have answered stays', async (t) => {
  const first = {
    request: (flow: HttpFlow) => {
      flow.response = HttpResponse.make(418);
    },
  };
  const replay = await replayOf(t, [await capture(t, [recorded('/', [], Buffer.from('content'))])]);
  const proxy = await TestProxy.start(t, { addons: [first, replay] });
  t.match(await asked(proxy, get('/'), '\r\n\r\n'), /^HTTP\/1.1 418 /);
  t.equal(replay.results.hits, 0);
});
