import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { isOpenStream } from '../../../src/replay/open-stream.js';
import { CassetteRecorder } from '../../../src/replay/server/cassette/recorder.js';
import { TestProxy } from '../../support/test-proxy.js';
import { capture, exchange, policy, replayOf } from './recorded.js';

interface Parts {
  path?: string;
  status?: number;
  request?: [string, string][];
  type?: string;
  response?: [string, string][];
  code?: string;
}

/** An exchange that ended before its response did. */
function left({ path = '/', status, request = [], type = 'text/plain', response = [], code }: Parts): HttpFlow {
  const flow = exchange({
    url: `http://a.test${path}`,
    status,
    request,
    responseBody: 'data: 1\n\n',
  });
  const { headers } = flow.response!;
  headers.delete('content-length');
  for (const [name, value] of [['Content-Type', type], ...response] as const) headers.append(name, value);
  flow.response!.body.complete = false;
  flow.error = { message: 'ended', timestamp: 1003, code: code ?? 'client-disconnected' };
  return flow;
}

const EVENTS = 'text/event-stream; charset=utf-8';

t.test('which responses are streams without an end', async (t) => {
  const length: [string, string] = ['Content-Length', '100'];
  const attachment: [string, string] = ['Content-Disposition', 'attachment; filename=all.jsonl'];
  const cases: [string, boolean, Parts][] = [
    ['an event stream', true, { type: EVENTS }],
    ['that was open at the end of the recording', true, { type: EVENTS, code: 'interrupted' }],
    ['lines of JSON', true, { type: 'application/x-ndjson' }],
    ['pictures of a camera', true, { type: 'multipart/x-mixed-replace; boundary=x' }],
    ['a watch of Kubernetes', true, { path: '/api/v1/pods?limit=1&watch=true', type: 'application/json' }],
    ['the log of a container', true, { path: '/logs?follow=1' }],
    ['a call of gRPC', true, { request: [['Content-Type', 'application/grpc']], type: 'application/grpc' }],
    ['a stream of Connect', true, { request: [['Content-Type', 'application/connect+json']] }],
    ['a page', false, { type: 'text/html' }],
    ['a page with such a parameter', false, { path: '/?follow=1', type: 'text/html; charset=utf-8' }],
    ['a download of JSON lines', false, { type: 'application/x-ndjson', response: [attachment] }],
    ['a download with such a parameter', false, { path: '/export?follow=true', response: [attachment] }],
    ['JSON', false, { path: '/watch?rewatch=true', type: 'application/json' }],
    ['a known length', false, { type: EVENTS, response: [length] }],
    ['an error', false, { type: EVENTS, status: 500 }],
    ['a stream that its server cut off', false, { type: EVENTS, code: 'truncated' }],
    ['a killed one', false, { type: EVENTS, code: 'killed' }],
  ];
  for (const [name, expected, parts] of cases) t.equal(isOpenStream(left(parts)), expected, name);
  const complete = left({ type: EVENTS });
  complete.response!.body.complete = true;
  t.notOk(isOpenStream(complete));
});

t.test('what came of it is sent, and then the client may leave', async (t) => {
  const flows = [left({ path: '/events', type: EVENTS }), left({ path: '/page', type: 'text/html' })];
  const replay = await replayOf(t, [await capture(t, flows)], { extra: 404, sequence: { reuse: true, after: 'miss' } });
  const proxy = await TestProxy.start(t, { addons: [replay] });
  const ask = async (path: string, until: string) => {
    const wire = await proxy.connect();
    wire.send(`GET http://a.test${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    await wire.has(until);
    return wire;
  };
  const page = await ask('/page', '\r\n\r\n');
  t.match(page.text, /^HTTP\/1.1 404 /);
  const stream = await ask('/events', 'data: 1\n\n');
  t.equal(
    stream.text,
    `HTTP/1.1 200 Recorded\r\nContent-Type: ${EVENTS}\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n`,
  );
  stream.reset();
  const resetFlow = (await proxy.http(2)).flow;
  const other = await ask('/events', 'data: 1\n\n');
  other.end();
  const endedFlow = (await proxy.http(3)).flow;
  for (const { error, response } of [resetFlow, endedFlow]) {
    t.equal(error!.code, 'client-disconnected', 'it had no end');
    t.notOk(response!.body.complete);
    t.equal(response!.timestampEnd, undefined);
  }
});

t.test('a cassette records it', async (t) => {
  const recorder = new CassetteRecorder(policy, (message) => t.fail(message));
  await recorder.flowEnd(left({ type: EVENTS }));
  await recorder.flowEnd(left({ type: 'text/html' }));
  t.equal(recorder.failed, 1);
  const spooled = await recorder.take();
  t.ok(spooled);
  spooled!.close();
});
