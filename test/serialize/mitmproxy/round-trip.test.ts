import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { type Flow, HttpFlow, type TcpFlow } from '../../../src/flow/flow.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { FlowEncoder } from '../../../src/serialize/mitmproxy/flow-encoder.js';
import { EncodedWriter } from '../../../src/serialize/output/encoded-writer.js';
import { Random } from '../../support/random.js';
import { describeFlow, describeFlows, failOnError, MemorySink, policy, readAll, toBytes } from '../flows.js';
import { checkRoundTrip } from '../round-trip.js';
import { plainHttpFlow, sampleFlows, streamedSource, tcpFlow, upgradedFlow } from '../sample-flows.js';
import { copyToMitmproxy, fixture, fixturePath, toMitmproxy } from './flow-files.js';

const folder = t.testdir({});

/** mitmproxy has field names and values, without the space around them. */
function withoutBlanks(flow: Flow): Flow {
  if (flow.type !== 'http') return flow;
  for (const message of [flow.request, flow.response]) {
    if (message) (message as { headers: Headers }).headers = Headers.from([...message.headers]);
  }
  return flow;
}

t.test('everything that a flow can have comes back', async (t) => {
  const flows = sampleFlows().map(withoutBlanks);
  const expected = await describeFlows(flows);
  await checkRoundTrip(t, await toMitmproxy(flows), expected, {
    'written again': copyToMitmproxy,
    'encoded again': toMitmproxy,
  });
});

t.test('by way of a native file', async (t) => {
  const path = fixturePath(21);
  const before = (await readAll(path)).flows;
  const encoded = await toMitmproxy(before);
  const native = (await readAll([await toBytes(before)])).flows;
  t.strictSame(await describeFlows(native), await describeFlows(before));
  t.ok((await copyToMitmproxy(native)).equals(encoded));
});

t.test('metadata of addons under the names that tsdump uses', async (t) => {
  for (const metadata of [
    { mitmproxy: { note: 1 }, tsdump: { note: 2 }, har: { note: 3 } },
    { mitmproxy: { note: 1, toString: 'x' }, tsdump: {}, har: {} },
    { mitmproxy: 'text', tsdump: ['a'], har: null },
  ]) {
    const flow = plainHttpFlow('/', '');
    flow.metadata = structuredClone(metadata);
    const { flows } = await readAll([await toMitmproxy([flow])]);
    t.same(flows[0]!.metadata, metadata);
  }
});

t.test('metadata of addons beside data that only one of the formats has', async (t) => {
  const flow = plainHttpFlow('/', '');
  const spaced = Buffer.from(' spaced ');
  flow.metadata = { mitmproxy: { note: 1, requestHeaders: [[Buffer.from('a'), spaced]] }, tsdump: { note: 2 } };
  flow.client.mode = 'http2-only';
  const [read] = (await readAll([await toMitmproxy([flow])])).flows;
  t.match(read!.metadata, { mitmproxy: { note: 1 }, tsdump: { note: 2 } });
  t.strictSame(read!.metadata.tsdump, { note: 2 });

  flow.metadata = { tsdump: { mode: 'mine', note: 2 } };
  flow.client.mode = 'regular';
  const [other] = (await readAll([await toMitmproxy([flow])])).flows;
  t.equal(other!.client.mode, 'regular', 'a member that is named as one of the format does not take its place');
  t.strictSame(other!.metadata, { tsdump: { note: 2 } });
});

t.test('unchanged flows are copied as bytes', async (t) => {
  const file = fixture(21);
  for (const input of [fixturePath(21), [file]]) {
    const { flows } = await readAll(input);
    t.ok((await copyToMitmproxy(flows)).equals(file));
    (flows[0] as HttpFlow).comment = 'changed';
    const { flows: again } = await readAll([await copyToMitmproxy(flows)]);
    t.equal(again[0]!.comment, 'changed');
    t.equal(again.length, flows.length);
  }
  const older = await readAll(fixturePath(20));
  t.notOk((await copyToMitmproxy(older.flows)).equals(fixture(20)), 'an older version becomes version 21');
});

t.test('changed flows are not copied', async (t) => {
  const changes: [name: string, change: (flow: HttpFlow) => void][] = [
    ['a header', ({ request }) => request.headers.append('x-new', '1')],
    [
      'the path',
      ({ request }) => {
        request.path = '/other';
      },
    ],
    ['a body', ({ response }) => response!.body.set('other')],
    [
      'metadata',
      (flow) => {
        flow.metadata.new = 1;
      },
    ],
    [
      'the mark',
      (flow) => {
        flow.marked = '';
      },
    ],
    [
      'no response',
      (flow) => {
        flow.response = undefined;
      },
    ],
  ];
  for (const [name, change] of changes) {
    const flow = (await readAll(fixturePath(21))).flows[0] as HttpFlow;
    change(flow);
    const expected = await describeFlow(flow);
    const { flows } = await readAll([await copyToMitmproxy([flow])]);
    t.strictSame(await describeFlow(flows[0]!), expected, name);
  }
});

t.test('bodies that are not there, or not whole', async (t) => {
  const cases: [name: string, prepare: (response: HttpResponse) => void, kept: boolean, size: number, complete: boolean][] = [
    ['empty', ({ body }) => { body.complete = true; }, true, 0, true],
    ['empty and cut off', () => {}, true, 0, false],
    ['not kept', ({ body }) => { body.append(Buffer.from('abc')); body.complete = true; }, false, 3, true],
    ['not kept and cut off', ({ body }) => void body.append(Buffer.from('abc')), false, 3, false],
    ['cut off', ({ body }) => { body.keepIn(policy); body.append(Buffer.from('abc')); }, true, 3, false],
  ]; // biome-ignore format: a table
  for (const [name, prepare, kept, size, complete] of cases) {
    const flow = plainHttpFlow('/', '');
    const headers = Headers.from([['A', 'b']]);
    flow.response = new HttpResponse({ statusCode: 200, reason: '', httpVersion: 'HTTP/1.1', headers });
    flow.response.timestampEnd = 1;
    prepare(flow.response);
    const { flows } = await readAll([await toMitmproxy([flow])]);
    const { body } = (flows[0] as HttpFlow).response!;
    t.same([body.kept, body.size, body.complete], [kept, size, complete], name);
    t.same(flows[0]!.metadata, {}, `${name}: what only tsdump knows is not left in the metadata`);
  }
});

t.test('messages that were only counted, and an upgraded connection that is no WebSocket', async (t) => {
  const counted = upgradedFlow();
  counted.messages = MessageLog.of(undefined, 7, 70);
  const opaque = upgradedFlow();
  opaque.websocket = undefined;
  const dropped = upgradedFlow();
  dropped.messages!.append({ fromClient: true, opcode: 1, timestamp: 1, content: Buffer.from('x'), dropped: true });
  dropped.messages!.append({ fromClient: true, opcode: 1, timestamp: 1, content: Buffer.from('y'), injected: true });
  const flows = [counted, opaque, dropped].map(withoutBlanks);
  const expected = await describeFlows(flows);
  const { flows: read } = await readAll([await toMitmproxy(flows)]);
  t.strictSame(await describeFlows(read), expected);
});

t.test('codes of errors are kept; messages of mitmproxy tell some', async (t) => {
  const cases: [message: string, code: string | undefined, noted: boolean][] = [
    ['Client disconnected.', 'client-disconnected', false],
    ['Connection killed.', 'killed', false],
    ['interrupted', 'interrupted', true],
    ['Client disconnected.', 'idle-timeout', true],
    ['stream reset by client (CANCEL)', 'client-disconnected', false],
    ['refused', undefined, false],
  ];
  for (const [message, code, noted] of cases) {
    const flow = plainHttpFlow('/');
    flow.error = { message, timestamp: 1, code };
    const bytes = await toMitmproxy([flow]);
    t.equal(bytes.includes('errorCode'), noted);
    const { flows } = await readAll([bytes]);
    t.equal(flows[0]!.error!.code, code, `${message} ${code}`);
    t.strictSame(flows[0]!.metadata, flow.metadata);
  }
});

t.test('mitmproxy gets a close code for frames that were not parsed', async (t) => {
  const open = upgradedFlow();
  const broken = upgradedFlow();
  for (const flow of [open, broken]) flow.websocket = undefined;
  broken.error = { message: 'reset', timestamp: 1 };
  const text = (await toMitmproxy([open, broken])).toString('latin1');
  t.same(text.match(/(?<=10:close_code;4:)\d+/g), ['1005', '1006']);
});

t.test('large bodies and many messages are not held in memory', async (t) => {
  const small = new SpoolPolicy({ memoryPerBody: 64 * 1024 });
  const random = new Random(5);
  const flow = plainHttpFlow('/large', '');
  const log = new MessageLog();
  log.keepIn(small);
  for (let count = 0; count < 3000; count++) {
    const content = random.bytes(random.below(300) + (count % 500 === 0 ? 100_000 : 0));
    if (!log.append({ fromClient: count % 3 === 0, opcode: 0, timestamp: count / 7, content })) await log.drained();
  }
  const tcp = tcpFlow();
  tcp.messages = log;
  const webSocket = upgradedFlow();
  webSocket.messages = log;
  const content = random.bytes(3_000_000);
  flow.response!.body.set(content);
  const flows = [plainHttpFlow('/before'), flow, tcp, webSocket, plainHttpFlow('/after')].map(withoutBlanks);
  const expected = await describeFlows(flows);
  t.equal(log.stored!.buffer, undefined, 'it is on disk');
  const bytes = await toMitmproxy(flows);
  const path = join(folder, 'large.mitm');
  writeFileSync(path, bytes);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, at) =>
    bytes.subarray(at * 65_536, (at + 1) * 65_536),
  );
  for (const input of [path, pieces]) {
    const { flows: read, damage } = await readAll(input, { policy: small });
    t.same(damage, []);
    t.equal((read[1] as HttpFlow).response!.body.stored!.buffer, undefined);
    t.equal((read[2] as TcpFlow).messages.stored!.buffer, undefined);
    t.strictSame(await describeFlows(read), expected);
    t.ok((await copyToMitmproxy(read)).equals(bytes), 'copied');
    t.ok((await toMitmproxy(read)).equals(bytes), 'encoded');
    for (const one of read) if (one instanceof HttpFlow) one.response!.body.release();
  }
  const { flows: bare } = await readAll(pieces, { wantsBodies: () => false });
  const { body } = (bare[1] as HttpFlow).response!;
  t.same([body.kept, body.size], [false, content.length], 'unneeded content is skipped');
  t.same([(bare[2] as TcpFlow).messages.count, (bare[2] as TcpFlow).messages.stored], [3000, undefined]);
  log.release();
});

t.test('unreadable data is padded, so that the rest of the file stays readable', async (t) => {
  const failing = (size: number) => ({
    ...streamedSource([]),
    size,
    async *read() {
      yield Buffer.alloc(1000);
      throw new Error('the disk is gone');
    },
  });
  const flow = plainHttpFlow('/', '');
  flow.response = new HttpResponse({
    statusCode: 200,
    reason: '',
    httpVersion: 'HTTP/1.1',
    headers: new Headers(),
    body: Object.assign(flow.response!.body, { source: failing(100_000), size: 100_000 }),
  });
  const sink = new MemorySink();
  const writer = new EncodedWriter(sink, new FlowEncoder(), { onError: failOnError });
  await t.rejects(writer.write(flow)!, /the disk is gone/);
  await writer.write(plainHttpFlow('/next'));
  await writer.close();
  const { flows, damage } = await readAll([sink.bytes]);
  t.same(damage, []);
  t.same(
    flows.map((one) => (one as HttpFlow).request.path),
    ['/', '/next'],
  );
  t.equal((flows[0] as HttpFlow).response!.body.size, 100_000);
});

t.test('messages that cannot be read a second time', async (t) => {
  for (const left of [1, 2, 50, 333, 5000]) {
    const chunks = Array.from({ length: left + 10 }, (_zero, at) => {
      const log = new MessageLog();
      log.keepIn(policy);
      log.append({ fromClient: true, opcode: 0, timestamp: at, content: Buffer.from('x'.repeat(at % 13)) });
      return log.stored!.buffer!;
    });
    const whole = streamedSource(chunks);
    let reads = 0;
    const source = {
      ...whole,
      async *read() {
        reads++;
        if (reads === 1) yield* whole.read();
        else {
          yield* chunks.slice(0, 10);
          throw new Error('gone');
        }
      },
    };
    const flow = tcpFlow();
    flow.messages = MessageLog.of(source, chunks.length, whole.size - 16 * chunks.length);
    const sink = new MemorySink();
    const writer = new EncodedWriter(sink, new FlowEncoder(), { onError: failOnError });
    await t.rejects(writer.write(flow)!, /gone/);
    await writer.write(plainHttpFlow('/next'));
    await writer.close();
    const { flows, damage } = await readAll([sink.bytes]);
    t.same([flows.length, damage.map(({ kind, offset }) => `${kind} ${offset}`)], [1, ['metadata 0']], `${left} left`);
  }
});
