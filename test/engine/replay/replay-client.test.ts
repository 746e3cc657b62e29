import t, { type Test } from 'tap';
import type { ReplayClient } from '../../../src/engine/index.js';
import { Body } from '../../../src/flow/body/body.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { releaseFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { selfSigned } from '../../support/identity.js';
import { answering, OK, RawOrigin, type Script } from '../../support/raw-origin.js';
import { TestProxy, type TestProxyOptions } from '../../support/test-proxy.js';
import { tlsOrigin } from '../../support/tls-origin.js';
import { until } from '../../support/until.js';

interface Replay {
  origin: RawOrigin;
  proxy: TestProxy;
  replay: ReplayClient;
}

async function replaying(t: Test, script: Script, options: TestProxyOptions = {}): Promise<Replay> {
  const origin = await RawOrigin.start(t, script);
  const proxy = await TestProxy.start(t, options);
  return { origin, proxy, replay: proxy.engine.replayClient() };
}

function request(
  port: number,
  fields = '',
  parts: Partial<ConstructorParameters<typeof HttpRequest>[0]> = {},
): HttpRequest {
  return new HttpRequest({
    method: 'GET',
    scheme: 'http',
    host: '127.0.0.1',
    port,
    authority: '',
    path: '/x',
    httpVersion: 'HTTP/1.1',
    headers: new Headers(Buffer.from(`Host: there\r\n${fields}`)),
    ...parts,
  });
}

t.test('a request is sent as it was recorded, and the flow has the response', async (t) => {
  const seen: string[] = [];
  const note = (hook: string) => () => void seen.push(hook);
  const addon: Addon = Object.fromEntries(
    ['requestHeaders', 'request', 'responseHeaders', 'response', 'error', 'flowEnd'].map((hook) => [hook, note(hook)]),
  );
  const { origin, proxy, replay } = await replaying(t, answering(OK, OK), { addons: [addon] });
  const flow = await replay.send(request(origin.port, 'a:  b \r\n'));
  t.match(flow, { isReplay: 'request', error: undefined, response: { statusCode: 200 } });
  t.equal((await flow.response!.body.bytes()).toString(), 'ok');
  t.equal(flow.client.peer, undefined);
  t.same(seen, ['requestHeaders', 'request', 'responseHeaders', 'response', 'flowEnd']);
  releaseFlow(flow);
  releaseFlow(await replay.send(request(origin.port)));
  t.equal(origin.connections.length, 1, 'the connection is used again');
  t.equal(
    origin.connections[0]!.text,
    'GET /x HTTP/1.1\r\nHost: there\r\na:  b \r\n\r\nGET /x HTTP/1.1\r\nHost: there\r\n\r\n',
  );
  t.equal(proxy.ended.length, 2, 'its flows are recorded like others');
});

t.test('several at once, each on a connection of its own', async (t) => {
  const { origin, replay } = await replaying(t, async (wire) => {
    await wire.has('\r\n\r\n');
    await until(() => origin.connections.length === 3, 'three connections');
    wire.send(OK);
  });
  const flows = await Promise.all([1, 2, 3].map(() => replay.send(request(origin.port))));
  t.same(
    flows.map(({ response }) => response?.statusCode),
    [200, 200, 200],
  );
  for (const flow of flows) releaseFlow(flow);
});

t.test('bodies, trailers and interim responses', async (t) => {
  const { origin, replay } = await replaying(t, async (wire) => {
    await wire.has('0\r\nT: 1\r\n\r\n');
    wire.send('HTTP/1.1 103 Early\r\nLink: x\r\n\r\n');
    wire.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nU: 2\r\n\r\n');
  });
  const headers = new Headers(Buffer.from('Host: there\r\nTransfer-Encoding: chunked\r\n'));
  const posted = request(origin.port, '', { method: 'POST', headers });
  posted.body.set('hello');
  posted.trailers = new Headers(Buffer.from('T: 1\r\n'));
  const flow = await replay.send(posted);
  t.equal(
    origin.connections[0]!.text,
    'POST /x HTTP/1.1\r\nHost: there\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n',
  );
  t.equal(flow.response?.trailers?.bytes.toString(), 'U: 2\r\n');
  t.match(flow.interim, [{ statusCode: 103, reason: 'Early' }]);
  t.equal(flow.interim?.[0]?.headers.get('link'), 'x');
  t.equal(await flow.response?.body.text(), 'ok');
  releaseFlow(flow);
});

t.test('an event stream: arrival times of its events', async (t) => {
  const { origin, replay } = await replaying(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.end('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\ndata: b\n\n');
  });
  const flow = await replay.send(request(origin.port));
  const offsets: number[] = [];
  for await (const { offset, timestamp } of flow.response!.marks!) {
    offsets.push(offset);
    t.ok(timestamp >= flow.timestampCreated);
  }
  t.same(offsets, [0, 9]);
  releaseFlow(flow);
});

t.test('a large body streams from where it is kept', async (t) => {
  const SIZE = 40 * 1024 * 1024;
  const spool = new SpoolPolicy({ memoryPerBody: 1000 });
  const { origin, replay } = await replaying(t, async (wire) => {
    await wire.until(() => wire.size > SIZE, 'the body');
    wire.send(OK);
  });
  const headers = new Headers(Buffer.from(`Host: there\r\nContent-Length: ${SIZE}\r\n`));
  const body = new Body(headers);
  body.keepIn(spool);
  for (let at = 0; at < SIZE; at += 65536) if (!body.append(Buffer.alloc(65536, 120))) await body.drained();
  body.complete = true;
  const recorded = request(origin.port, '', { method: 'PUT', headers, body });
  const flow = await replay.send(recorded.clone());
  t.equal(flow.response?.statusCode, 200);
  t.equal(origin.connections[0]!.size, SIZE + origin.connections[0]!.text.indexOf('\r\n\r\n') + 4);
  releaseFlow(flow);
  body.release();
  t.equal(spool.inMemory, 0);
});

t.test('recorded over HTTP/2, sent over HTTP/1 to a server that speaks nothing else', async (t) => {
  const { origin, replay } = await replaying(t, answering(OK));
  const headers = new Headers(Buffer.from('a: b\r\n'));
  releaseFlow(await replay.send(request(origin.port, '', { httpVersion: 'HTTP/2.0', authority: 'there:81', headers })));
  t.equal(origin.connections[1]!.text, 'GET /x HTTP/1.1\r\nHost: there:81\r\na: b\r\n\r\n');
});

t.test('recorded over HTTP/2, sent to a TLS server that does not know ALPN', async (t) => {
  const origin = await tlsOrigin(t, { ...selfSigned(), ALPNProtocols: undefined as never });
  const proxy = await TestProxy.start(t, { options: { sslInsecure: true } });
  const parts = {
    scheme: 'https',
    httpVersion: 'HTTP/2.0',
    authority: 'there',
    headers: new Headers(Buffer.from('a: b\r\n')),
  };
  const flow = await proxy.engine.replayClient().send(request(origin.port, '', parts));
  t.match(flow, { error: undefined, response: { statusCode: 200, httpVersion: 'HTTP/1.1' } });
  t.equal(origin.seen.length, 1, 'it gets no HTTP/2 on trial');
  releaseFlow(flow);
});

t.test('failures are errors of the flow', async (t) => {
  const missing = (headers: Headers) => Body.of(headers, undefined, 5, true);
  const cases: [
    name: string,
    script: Script,
    expected: RegExp,
    options?: TestProxyOptions,
    make?: (port: number) => HttpRequest,
  ][] = [
    ['no answer', (wire) => wire.end(), /^The server closed the connection without an answer/],
    ['no HTTP', answering('what?\r\n\r\n'), /did not answer with an HTTP status line/],
    [
      'a response that breaks off',
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab');
      },
      /3 bytes of the body missing/,
    ],
    ['killed', answering(OK), /^Connection killed/, { addons: [{ requestHeaders: (flow) => flow.kill() }] }],
    ['killed at the response', answering(OK), /^Connection killed/, { addons: [{ response: (flow) => flow.kill() }] }],
    [
      'a protocol that is switched',
      answering('HTTP/1.1 101 Hi\r\n\r\n'),
      /switched protocols/,
      {},
      (port) => request(port, 'Upgrade: x\r\n'),
    ],
    [
      'a body that was not kept',
      () => {},
      /was not kept/,
      {},
      (port) => {
        const headers = new Headers(Buffer.from('Host: x\r\nContent-Length: 5\r\n'));
        return request(port, '', { method: 'POST', headers, body: missing(headers) });
      },
    ],
  ];
  for (const [name, script, expected, options, make = request] of cases) {
    const { origin, replay } = await replaying(t, script, options);
    const flow = await replay.send(make(origin.port));
    t.match(flow.error?.message, expected, name);
    releaseFlow(flow);
  }
});

t.test('the program stops', async (t) => {
  const { origin, proxy, replay } = await replaying(t, async (wire) => wire.has('\r\n\r\n'));
  const sending = replay.send(request(origin.port));
  await (await origin.connection()).has('\r\n\r\n');
  let live = 0;
  await proxy.engine.stop(1, (count) => {
    live = count;
  });
  const flow = await sending;
  t.equal(live, 1);
  t.equal(flow.error?.message, 'interrupted');
  releaseFlow(flow);
  await t.rejects(replay.send(request(origin.port)), { message: 'The replay was closed.' });
});

t.test('a connection is not used again after a request that was its last', async (t) => {
  const table: [name: string, fields: string, parts: { httpVersion?: string }, connections: number][] = [
    ['as usual', '', {}, 1],
    ['Connection: close', 'Connection: close\r\n', {}, 2],
    ['HTTP/1.0', '', { httpVersion: 'HTTP/1.0' }, 2],
    ['HTTP/1.0 that keeps it', 'Connection: Keep-Alive\r\n', { httpVersion: 'HTTP/1.0' }, 1],
  ];
  for (const [name, fields, parts, connections] of table) {
    const { origin, replay } = await replaying(t, answering(OK, OK));
    for (const method of ['GET', 'POST']) {
      const flow = await replay.send(request(origin.port, fields, { ...parts, method }));
      t.equal(flow.error, undefined, name);
      releaseFlow(flow);
    }
    t.equal(origin.connections.length, connections, name);
  }
});
