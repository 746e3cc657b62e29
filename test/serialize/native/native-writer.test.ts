import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Body } from '../../../src/flow/body/body.js';
import { HttpFlow } from '../../../src/flow/flow.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { NativeWriter } from '../../../src/serialize/native/native-writer.js';
import { FileSink } from '../../../src/serialize/output/file-sink.js';
import type { OutputError, Sink } from '../../../src/serialize/output/sinks.js';
import { Random } from '../../support/random.js';
import { until } from '../../support/until.js';
import { describeFlow, describeFlows, failOnError, MemorySink, readAll, toBytes } from '../flows.js';
import { newClient, newServer, newTls, plainHttpFlow, streamedSource } from '../sample-flows.js';
import { splitRecords } from './records.js';

/** A sink that writes on command. */
class SlowSink extends MemorySink {
  private readonly waiting: (() => void)[] = [];

  override write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    super.write(chunks, () => this.waiting.push(done));
  }

  /** Lets writes end until there are no more. */
  async finish(): Promise<void> {
    for (;;) {
      await turn();
      const done = this.waiting.shift();
      if (!done) return;
      done();
    }
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** The flow with a body that can only be read piece by piece. */
function flowWithBody(path: string, chunks: readonly Buffer[], promised?: number): HttpFlow {
  const { request, response } = plainHttpFlow(path);
  const { method, scheme, host, port, authority, httpVersion, headers } = request;
  const source = streamedSource(chunks);
  const body = Body.of(headers, { ...source, size: promised ?? source.size }, promised ?? source.size, true);
  const parts = { method, scheme, host, port, authority, path, httpVersion, headers, body };
  const flow = new HttpFlow(newClient(), newServer(), new HttpRequest(parts), 1);
  flow.response = response;
  return flow;
}

t.test('flows of one turn are one write, and one write is in flight', async (t) => {
  const sink = new SlowSink();
  const writer = new NativeWriter(sink, { onError: failOnError });
  for (let at = 0; at < 10; at++) t.equal(writer.write(plainHttpFlow(`/${at}`)), undefined);
  t.equal(sink.writes.length, 0, 'nothing is written at once');
  await turn();
  t.equal(splitRecords(sink.bytes).length, 10);
  for (let at = 10; at < 20; at++) void writer.write(plainHttpFlow(`/${at}`));
  await turn();
  t.equal(sink.writes.length, 1, 'the next one waits for the first');
  await sink.finish();
  await until(() => sink.writes.length === 2, 'the second write');
  await sink.finish();
  await sink.finish();
  t.equal(splitRecords(sink.bytes).length, 20);
  t.same(new Set(splitRecords(sink.bytes).map(({ writer: id }) => id.toString('hex'))).size, 1, 'one writer');
  await writer.close();
});

t.test('records are complete and in the order of the calls, with any bodies', async (t) => {
  const random = new Random(3);
  const sink = new MemorySink();
  const writer = new NativeWriter(sink, { onError: failOnError });
  const paths: string[] = [];
  const pending: (undefined | Promise<void>)[] = [];
  for (let at = 0; at < 300; at++) {
    const path = `/${at}`;
    paths.push(path);
    const kind = random.below(4);
    const content = random.bytes(random.pick([1, 100, 15_000, 17_000, 70_000, 300_000]));
    const flow = plainHttpFlow(path, kind === 0 ? '' : 'text');
    if (kind === 1) flow.response!.body.set(content);
    if (kind < 3) pending.push(writer.write(flow));
    else pending.push(writer.write(flowWithBody(path, [content.subarray(0, 10), content.subarray(10)])));
    if (random.below(20) === 0) await turn();
  }
  await Promise.all(pending);
  await writer.close();
  const { flows, damage } = await readAll([sink.bytes]);
  t.same(damage, []);
  t.same(
    (flows as HttpFlow[]).map(({ request }) => request.path),
    paths,
  );
});

t.test('write returns a promise while more than 16 MiB are queued', async (t) => {
  const sink = new SlowSink();
  let reports = 0;
  const writer = new NativeWriter(sink, { onError: failOnError, onBehind: () => reports++ });
  const flow = plainHttpFlow();
  flow.response!.body.set(Buffer.alloc(1024 * 1024));
  let count = 0;
  let pending: undefined | Promise<void>;
  while (!pending) {
    pending = writer.write(flow);
    count++;
  }
  t.equal(count, 16, 'and not before');
  const other = writer.write(flow);
  t.ok(other);
  t.equal(reports, 1, 'reported once');
  const finished = sink.finish();
  await Promise.all([pending, other]);
  await finished;
  t.equal(writer.write(flow), undefined);
  const closed = writer.close();
  await sink.finish();
  await closed;
  t.equal(splitRecords(sink.bytes).length, 18);
});

t.test('bodies whose CRC has to be found first', async (t) => {
  const first = flowWithBody('/1', [Buffer.from('ab'), Buffer.from('c')]);
  const second = plainHttpFlow('/2');
  for (const flow of [first, second]) {
    flow.server.id = 'same';
    flow.server.tls = newTls('server');
  }
  const expected = [await describeFlow(first), await describeFlow(second)];
  const sink = new MemorySink();
  const writer = new NativeWriter(sink, { onError: failOnError });
  const pending = writer.write(first);
  void writer.write(second);
  t.ok(pending);
  await pending;
  await writer.close();
  const { flows, damage } = await readAll([sink.bytes]);
  t.same(damage, []);
  t.strictSame(await describeFlows(flows), expected);
});

t.test('a body that cannot be read to its end', async (t) => {
  const failing = flowWithBody('/1', [Buffer.from('abc')], 100_000);
  const source = failing.request.body.stored as { crc?: number };
  source.crc = 1;
  const sink = new MemorySink();
  const writer = new NativeWriter(sink, { onError: failOnError });
  const pending = writer.write(failing);
  void writer.write(plainHttpFlow('/2'));
  await t.rejects(pending!, /shorter than/);
  await writer.close();
  const { flows, damage } = await readAll([sink.bytes]);
  t.same(
    (flows as HttpFlow[]).map(({ request }) => request.path),
    ['/1', '/2'],
    'its record is filled up',
  );
  t.same(
    damage.map(({ kind }) => kind),
    ['body'],
    'and shows as damaged',
  );
});

t.test('a body that cannot be read at all, before its record is begun', async (t) => {
  const flow = flowWithBody('/1', []);
  const failing = { size: 5, buffer: undefined, read: () => throwing(), release() {} };
  const { headers, method, scheme, host, port, authority, path, httpVersion } = flow.request;
  const body = Body.of(headers, failing, 5, true);
  const parts = { method, scheme, host, port, authority, path, httpVersion, headers, body };
  const sink = new MemorySink();
  const writer = new NativeWriter(sink, { onError: failOnError });
  const pending = writer.write(new HttpFlow(newClient(), newServer(), new HttpRequest(parts), 1));
  void writer.write(plainHttpFlow('/2'));
  await t.rejects(pending!, /gone/);
  await writer.close();
  const { flows, damage } = await readAll([sink.bytes]);
  t.same([flows.length, damage], [1, []]);
});

// biome-ignore lint/correctness/useYield: it fails before it yields
async function* throwing(): AsyncGenerator<Buffer> {
  throw new Error('gone');
}

t.test('an output that cannot be written', async (t) => {
  const errors: OutputError[] = [];
  const writer = new NativeWriter(await FileSink.open('/dev/full'), { onError: (error) => errors.push(error) });
  const flow = plainHttpFlow();
  flow.response!.body.set(Buffer.alloc(1024 * 1024));
  const pending = Array.from({ length: 20 }, () => writer.write(flow));
  pending.push(writer.write(flowWithBody('/', [Buffer.alloc(10)])));
  await Promise.all(pending);
  t.equal(errors.length, 1, 'is reported once');
  t.match(errors[0], { code: 'ENOSPC', path: '/dev/full', message: /^Cannot write \/dev\/full: no space left/ });
  t.equal(writer.write(flow), undefined, 'and it no longer causes waiting');
  await writer.close();
  t.equal(errors.length, 1);
});

t.test('an output that fails while a body is copied', async (t) => {
  const failing: Sink = {
    name: 'failing',
    size: 0,
    write: (chunks, done) => setImmediate(done, chunks[0]!.length > 50_000 ? new Error('enough') : null),
    close: () => Promise.resolve(),
  };
  const errors: Error[] = [];
  const writer = new NativeWriter(failing, { onError: (error) => errors.push(error) });
  await Promise.all([
    writer.write(flowWithBody('/', [Buffer.alloc(10), Buffer.alloc(60_000)])),
    writer.write(flowWithBody('/', [Buffer.alloc(10)])),
  ]);
  t.same(
    errors.map(({ message }) => message),
    ['Cannot write failing: enough'],
  );
  await writer.close();
});

t.test('closing', async (t) => {
  const path = join(t.testdir({}), 'flows');
  const writer = new NativeWriter(await FileSink.open(path), { onError: failOnError });
  void writer.write(plainHttpFlow('/1'));
  const body = Buffer.alloc(200_000, 'x');
  const copied = writer.write(flowWithBody('/2', [body, body]));
  await Promise.all([writer.close(), writer.close(), copied]);
  t.equal(splitRecords(readFileSync(path)).length, 2, 'writes what is queued');
  t.throws(() => writer.write(plainHttpFlow()), /is closed/);
});

t.test('a flow that cannot be written does no harm to the others', async (t) => {
  const sink = new MemorySink();
  const writer = new NativeWriter(sink, { onError: failOnError });
  const bad = plainHttpFlow('/bad');
  bad.server.tls = newTls('server');
  bad.comment = 'x'.repeat(65 * 1024 * 1024);
  t.throws(() => writer.write(bad), /more metadata than fits/);
  const good = plainHttpFlow('/good');
  good.server.id = bad.server.id;
  good.server.tls = bad.server.tls;
  void writer.write(good);
  await writer.close();
  const { flows } = await readAll([sink.bytes]);
  t.equal(flows.length, 1);
  t.equal(flows[0]!.server.tls?.certificates.length, 2, 'its certificates are there');
});

t.test('the same flows make the same metadata', async (t) => {
  const flow = plainHttpFlow();
  const [one, two] = [await toBytes([flow]), await toBytes([flow])];
  t.ok(one.subarray(32).equals(two.subarray(32)));
  t.notOk(one.subarray(4, 12).equals(two.subarray(4, 12)), 'by different writers');
});
