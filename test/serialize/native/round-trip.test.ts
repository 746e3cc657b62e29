import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HttpFlow } from '../../../src/flow/flow.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { Random } from '../../support/random.js';
import { describeFlow, describeFlows, policy, readAll, toBytes } from '../flows.js';
import { checkRoundTrip } from '../round-trip.js';
import { plainHttpFlow, sampleFlows } from '../sample-flows.js';

const folder = t.testdir({});

t.test('everything that a flow can have comes back', async (t) => {
  const flows = sampleFlows();
  await checkRoundTrip(t, await toBytes(flows), await describeFlows(flows), { 'written again': toBytes });
});

t.test('empty bodies differ from bodies that were not kept', async (t) => {
  const cases: [name: string, prepare: (flow: HttpFlow) => void, kept: boolean, size: number, complete: boolean][] = [
    [
      'empty',
      ({ response }) => {
        response!.body.complete = true;
      },
      true,
      0,
      true,
    ],
    ['empty and cut off', () => {}, true, 0, false],
    [
      'not kept',
      ({ response }) => {
        response!.body.append(Buffer.from('abc'));
        response!.body.complete = true;
      },
      false,
      3,
      true,
    ],
    ['not kept and cut off', ({ response }) => void response!.body.append(Buffer.from('abc')), false, 3, false],
  ];
  for (const [name, prepare, kept, size, complete] of cases) {
    const flow = plainHttpFlow('/', '');
    const { response } = flow;
    flow.response = new HttpResponse({
      statusCode: 200,
      reason: '',
      httpVersion: 'HTTP/1.1',
      headers: response!.headers,
    });
    prepare(flow);
    const { flows } = await readAll([await toBytes([flow])]);
    const { body } = (flows[0] as HttpFlow).response!;
    t.same([body.kept, body.size, body.complete], [kept, size, complete], name);
  }
});

t.test('messages that were only counted', async (t) => {
  const flow = plainHttpFlow();
  flow.messages = new MessageLog();
  flow.messages.append({ fromClient: true, opcode: 1, timestamp: 1, content: Buffer.from('abc') });
  const { flows } = await readAll([await toBytes([flow, plainHttpFlow()])]);
  const [read, other] = flows as HttpFlow[];
  t.same([read!.messages!.count, read!.messages!.size, read!.messages!.stored], [1, 3, undefined]);
  t.equal(other!.messages, undefined);
});

t.test('texts that are empty', async (t) => {
  const { client, server, timestampCreated } = plainHttpFlow();
  const empty = { method: '', scheme: '', host: '', port: 0, authority: '', path: '', httpVersion: '' };
  const request = new HttpRequest({ ...empty, headers: new Headers(Buffer.of()) });
  const flow = new HttpFlow(client, server, request, timestampCreated);
  const { flows, damage } = await readAll([await toBytes([flow])]);
  t.same(damage, []);
  t.match((flows[0] as HttpFlow).request, empty);
});

t.test('an upgraded connection without messages', async (t) => {
  const flow = plainHttpFlow();
  flow.messages = new MessageLog();
  const { flows } = await readAll([await toBytes([flow])]);
  t.equal((flows[0] as HttpFlow).messages?.count, 0);
});

t.test('bodies of 5 MB, spooled when they are written and when they are read from a stream', async (t) => {
  const content = new Random(1).bytes(5_000_000);
  const flow = plainHttpFlow('/large', '');
  for (let at = 0; at < content.length; at += 100_000) {
    if (!flow.response!.body.append(content.subarray(at, at + 100_000))) await flow.response!.body.drained();
  }
  t.equal(flow.response!.body.stored!.buffer, undefined, 'it is on disk');
  const bytes = await toBytes([plainHttpFlow('/before'), flow, plainHttpFlow('/after')]);
  const path = join(folder, 'large');
  writeFileSync(path, bytes);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, at) =>
    bytes.subarray(at * 65_536, (at + 1) * 65_536),
  );
  for (const input of [path, pieces]) {
    const { flows, damage } = await readAll(input);
    t.same(damage, []);
    const [, large, after] = flows as HttpFlow[];
    t.equal(large!.response!.body.stored!.buffer, undefined);
    t.ok((await large!.response!.body.rawBytes()).equals(content));
    t.same(await after!.response!.body.text(), 'hello');
    t.ok((await toBytes(flows)).equals(bytes), 'copied as bytes');
    for (const one of flows as HttpFlow[]) one.response!.body.release();
  }
  flow.response!.body.release();
});

t.test('header blocks and texts of any size', async (t) => {
  for (const size of [0, 31, 32, 40, 41, 255, 256, 65_535, 65_536, 3_000_000]) {
    const flow = plainHttpFlow(`/${'\xe4'.repeat(size)}`);
    flow.comment = 'c'.repeat(size);
    flow.response!.headers.append('X', 'v'.repeat(size));
    const expected = await describeFlow(flow);
    const { flows } = await readAll([await toBytes([flow])]);
    t.strictSame(await describeFlow(flows[0]!), expected, String(size));
  }
});

t.test('facts that MessagePack cannot hold are left out', async (t) => {
  const flow = plainHttpFlow();
  const circle: { self?: unknown } = {};
  circle.self = circle;
  flow.metadata = { before: 1, circle, symbol: Symbol('s'), nothing: undefined, after: new Date(5000) };
  const { flows } = await readAll([await toBytes([flow, plainHttpFlow('/next')])]);
  t.same(flows[0]!.metadata, { before: 1, nothing: null, after: new Date(5000) });
  t.equal((flows[1] as HttpFlow).request.path, '/next');
});

t.test('times and numbers that are not usual', async (t) => {
  for (const number of [
    0,
    1,
    127,
    128,
    255,
    65_536,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53 - 1,
    -1,
    -0.5,
    1e300,
    1_700_000_000,
  ]) {
    const flow = plainHttpFlow();
    flow.request.timestampStart = number;
    flow.websocket = { byClient: undefined, code: number, reason: undefined, timestamp: undefined };
    const { flows } = await readAll([await toBytes([flow])]);
    const { request, websocket } = flows[0] as HttpFlow;
    t.same([request.timestampStart, websocket!.code], [number, number]);
  }
});

t.test('nothing is read from nothing', async (t) => {
  const path = join(folder, 'empty');
  writeFileSync(path, '');
  for (const input of [path, [], '/dev/null']) {
    const { summary } = await readAll(input);
    t.same(summary, { flows: 0, recovered: 0, unknown: 0, damaged: 0 });
  }
  t.equal(policy.inMemory >= 0, true);
});
