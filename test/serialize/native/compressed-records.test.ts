import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Flow, type HttpFlow, TcpFlow } from '../../../src/flow/flow.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { readFlows } from '../../../src/serialize/input/reader.js';
import { NativeWriter } from '../../../src/serialize/native/native-writer.js';
import { liveBytes } from '../../support/live-memory.js';
import { Random } from '../../support/random.js';
import { COMPRESSIONS } from '../compression/available.js';
import { describeFlow, describeFlows, failOnError, MemorySink, policy, readAll, toBytes } from '../flows.js';
import { plainHttpFlow, sampleFlows, streamedSource, tcpFlow } from '../sample-flows.js';
import { joinPacked, joinRecord, splitRecords } from './records.js';

const path = join(t.testdir({}), 'input');
const TEXT = 'many words that come again and again, '.repeat(50);

/** A GET that was answered with this. */
function answered(content: Buffer | string, headers: Record<string, string> = {}): HttpFlow {
  const flow = plainHttpFlow('/answered', '');
  const response = HttpResponse.make(200, '', headers);
  response.body.set(content);
  flow.response = response;
  return flow;
}

function large(): HttpFlow {
  const line = Buffer.from('a line of a log, which is like all the others\n'.repeat(1000));
  const flow = plainHttpFlow('/large', '');
  for (let at = 0; at < 50; at++) flow.response!.body.append(line);
  return flow;
}

function tcpWith(text: string): TcpFlow {
  const flow = tcpFlow();
  for (const fromClient of [true, false]) {
    flow.messages.append({ fromClient, opcode: 0, timestamp: 1.5, content: Buffer.from(text) });
  }
  return flow;
}

/** How the records of a file and their bodies are compressed. */
function codings(bytes: Buffer): unknown {
  return splitRecords(bytes).map(({ flags, metadata }) => [
    flags,
    metadata.bodies?.map(({ kind, coding, decodedLength }) => [kind, coding, decodedLength]),
  ]);
}

async function readBoth(t: Test, bytes: Buffer): Promise<Flow[]> {
  writeFileSync(path, bytes);
  const file = await readAll(path);
  const stream = await readAll([bytes]);
  t.same([...file.damage, ...stream.damage], []);
  t.strictSame(await describeFlows(stream.flows), await describeFlows(file.flows));
  return file.flows;
}

for (const compression of COMPRESSIONS) {
  const flows = () => [...sampleFlows(), answered(TEXT), large(), tcpWith(TEXT), tcpWith(TEXT.repeat(100))];

  t.test(`${compression}: round trip`, async (t) => {
    const originals = flows();
    const bytes = await toBytes(originals, compression);
    const expected = await describeFlows(originals);
    t.strictSame(await describeFlows(await readBoth(t, bytes)), expected);
    t.ok(bytes.length < (await toBytes(originals)).length / 5, 'and smaller');
    const flag = compression === 'gzip' ? 1 : 2;
    for (const { flags, metadata } of splitRecords(bytes)) {
      const coded = metadata.bodies?.some(({ coding }) => coding !== undefined) ?? false;
      t.equal(flags, coded ? flag | 4 : flag, metadata.type);
    }
  });

  t.test(`${compression}: an unchanged flow is copied as bytes`, async (t) => {
    const bytes = await toBytes(flows(), compression);
    for (const compress of [undefined, compression]) {
      t.ok((await toBytes(await readBoth(t, bytes), compress)).equals(bytes), `compress ${compress}`);
    }
  });

  t.test(`${compression}: the setting none decompresses it`, async (t) => {
    const originals = flows();
    const packed = await readBoth(t, await toBytes(originals, compression));
    const bytes = await toBytes(packed, 'none');
    for (const { flags, metadata } of splitRecords(bytes)) {
      t.equal(flags, 0);
      for (const body of metadata.bodies ?? []) t.notOk('coding' in body || 'decodedLength' in body);
    }
    t.strictSame(await describeFlows(await readBoth(t, bytes)), await describeFlows(originals));
  });

  t.test(`${compression}: flows of a plain file are compressed, in their order`, async (t) => {
    const originals = flows();
    const plain = await readBoth(t, await toBytes(originals));
    const bytes = await toBytes(plain, compression);
    const read = await readBoth(t, bytes);
    t.strictSame(await describeFlows(read), await describeFlows(originals));
    t.strictSame(codings(bytes), codings(await toBytes(originals, compression)), 'as if they had been so at first');
  });

  t.test(`${compression}: a flow that was changed stays compressed`, async (t) => {
    const [flow] = (await readBoth(t, await toBytes([answered(TEXT)], compression))) as [HttpFlow];
    flow.comment = 'changed';
    flow.request.body.set(TEXT);
    const bytes = await toBytes([flow]);
    const [record] = splitRecords(bytes);
    t.same(
      record!.metadata.bodies!.map(({ kind, coding }) => [kind, coding]),
      [
        ['request', compression],
        ['response', compression],
      ],
    );
    t.not(record!.flags & 3, 0);
    const [again] = (await readBoth(t, bytes)) as [HttpFlow];
    t.same(
      [again.comment, await again.request.body.text(), await again.response!.body.text()],
      ['changed', TEXT, TEXT],
    );
  });

  t.test(`${compression}: bodies for which it is not worthwhile`, async (t) => {
    const random = new Random(5);
    const cases: [name: string, flow: HttpFlow, coded: boolean][] = [
      ['text', answered(TEXT), true],
      ['tiny', answered('x'.repeat(100)), false],
      ['noise', answered(random.bytes(5000)), false],
      ['much noise', answered(random.bytes(3_000_000)), false],
      ['an image', answered(TEXT, { 'Content-Type': 'image/png' }), false],
      ['an image of text', answered(TEXT, { 'Content-Type': 'image/svg+xml' }), true],
      ['a film', answered(TEXT, { 'Content-Type': 'Video/mp4; codecs=x' }), false],
      ['identity', answered(TEXT, { 'Content-Encoding': 'identity' }), true],
    ];
    const encoded = answered(TEXT);
    encoded.response!.headers.set('Content-Encoding', 'br');
    cases.push(['what is encoded already', encoded, false]);
    for (const [name, flow, coded] of cases) {
      const bytes = await toBytes([flow], compression);
      t.equal(splitRecords(bytes)[0]!.metadata.bodies![0]!.coding === compression, coded, name);
      t.strictSame(await describeFlow((await readBoth(t, bytes))[0]!), await describeFlow(flow), name);
    }
  });

  t.test(`${compression}: a filter by metadata decompresses no body`, async (t) => {
    const bytes = await toBytes([answered(TEXT), large()], compression);
    const [first] = splitRecords(bytes);
    // What cannot be decompressed is not noticed.
    bytes.fill(0xff, splitRecords(bytes)[1]!.offset - first!.bodies.length, splitRecords(bytes)[1]!.offset);
    writeFileSync(path, bytes);
    const { flows, damage } = await readAll(path);
    t.same([flows.length, damage], [2, []]);
    t.equal((flows[0] as HttpFlow).response!.body.size, TEXT.length);
  });

  t.test(`${compression}: captures joined`, async (t) => {
    const bytes = [
      await toBytes([answered(TEXT)]),
      await toBytes([answered(TEXT)], compression),
      await toBytes([large()]),
    ];
    t.equal((await readBoth(t, Buffer.concat(bytes))).length, 3);
  });

  t.test(`${compression}: a damaged body stays damaged, however it is copied`, async (t) => {
    for (const flow of [answered(TEXT), large(), tcpWith(TEXT)]) {
      for (const from of ['none', compression] as const) {
        const bytes = await toBytes([flow], from);
        const [{ bodies }] = splitRecords(bytes) as [ReturnType<typeof splitRecords>[0]];
        bytes[bytes.length - Math.ceil(bodies.length / 2)]! ^= 0x10;
        writeFileSync(path, bytes);
        for (const to of [undefined, 'none', compression] as const) {
          for (const input of [path, [bytes]]) {
            const { flows } = await readAll(input);
            const copy = await toBytes(flows, to);
            const { flows: read, damage } = await readAll([copy]);
            for (const one of read) await describeFlow(one);
            t.same(
              damage.map(({ kind, offset }) => [kind, offset]),
              [['body', 0]],
              `${flow.type} from ${from} to ${to}`,
            );
          }
        }
      }
    }
  });

  t.test(`${compression}: a large flow does not hold up others`, async (t) => {
    const originals = [large(), plainHttpFlow('/small')];
    const sink = new MemorySink();
    const writer = new NativeWriter(sink, { onError: failOnError, policy, compress: compression });
    for (const flow of originals) void writer.write(flow);
    await writer.close();
    const read = await readBoth(t, sink.bytes);
    t.same(
      read.map((flow) => (flow as HttpFlow).request.path),
      ['/small', '/large'],
    );
    t.strictSame(await describeFlow(read[1]!), await describeFlow(originals[0]!));
  });

  t.test(`${compression}: a body that cannot be read is reported to who writes`, async (t) => {
    const flow = large();
    const broken = streamedSource([Buffer.from(TEXT)]);
    broken.read = async function* () {
      yield Buffer.from(TEXT);
      throw new Error('the disk is gone');
    };
    const { client, server } = tcpFlow();
    const messages = MessageLog.of({ ...broken, size: 200_000 }, 1, 10);
    const sink = new MemorySink();
    const writer = new NativeWriter(sink, { onError: failOnError, policy, compress: compression });
    await t.rejects(async () => writer.write(new TcpFlow(client, server, messages, 1)), /the disk is gone/);
    await writer.write(flow);
    await writer.close();
    t.equal((await readBoth(t, sink.bytes)).length, 1, 'and the others are written');
  });
}

t.test('inconsistent entries of bodies', async (t) => {
  const [record] = splitRecords(await toBytes([answered(TEXT)], 'gzip'));
  const [body] = record!.metadata.bodies!;
  const cases: [name: string, changes: object, kind: string][] = [
    ['longer than it says', { decodedLength: TEXT.length - 1 }, 'body'],
    ['shorter than it says', { decodedLength: TEXT.length + 1 }, 'body'],
    ['much longer than it says', { decodedLength: 1 }, 'body'],
    ['another coding', { coding: 'br' }, 'metadata'],
    ['no length', { decodedLength: undefined }, 'metadata'],
    ['no size', { decodedLength: -1 }, 'metadata'],
  ];
  for (const [name, changes, kind] of cases) {
    const metadata = { ...record!.metadata, bodies: [{ ...body, ...changes }] };
    const bytes = Buffer.concat([
      joinPacked({ ...record!, metadata }),
      await toBytes([plainHttpFlow('/next')], 'gzip'),
    ]);
    writeFileSync(path, bytes);
    for (const input of [path, [bytes]]) {
      const { flows, damage } = await readAll(input);
      for (const flow of flows) await describeFlow(flow);
      t.same(
        damage.map((one) => [one.kind, one.offset]),
        [[kind, 0]],
        name,
      );
      t.equal((flows.at(-1) as HttpFlow).request.path, '/next', name);
    }
  }
});

t.test('metadata that does not decompress, or to too much', async (t) => {
  const [record] = splitRecords(await toBytes([answered(TEXT)]));
  const next = await toBytes([plainHttpFlow('/next')]);
  const cases: [name: string, flags: number, metadata: unknown][] = [
    ['no gzip', 1, Buffer.from('no gzip')],
    ['nothing', 1, Buffer.alloc(0)],
    ['both', 3, record!.metadata],
    ['a bomb', 1, Buffer.alloc(65 * 1024 * 1024)],
  ];
  for (const [name, flags, metadata] of cases) {
    const bytes = Buffer.concat([
      name === 'a bomb' ? joinPacked({ ...record!, metadata }) : joinRecord({ ...record!, flags, metadata }),
      next,
    ]);
    const { flows, damage } = await readAll([bytes]);
    t.same(
      damage.map((one) => [one.kind, one.offset]),
      [['metadata', 0]],
      name,
    );
    t.equal(flows.length, 1, name);
  }
});

t.test('zstd on a runtime without it', { skip: COMPRESSIONS.includes('zstd') && 'it has' }, async (t) => {
  const [record] = splitRecords(await toBytes([answered(TEXT)]));
  const [gzip] = splitRecords(await toBytes([answered(TEXT)], 'gzip'));
  const metadata = joinRecord({ ...record!, flags: 2, metadata: Buffer.from('?') });
  const bodies = [{ ...gzip!.metadata.bodies![0], coding: 'zstd' }];
  const body = joinRecord({ ...gzip!, flags: 4, metadata: { ...gzip!.metadata, bodies } });
  const { flows, damage, summary } = await readAll([Buffer.concat([metadata, metadata, body])]);
  t.equal(flows.length, 1, 'a flow without its body');
  t.equal(await (flows[0] as HttpFlow).response!.body.text(), '');
  t.same(
    damage.map(({ kind, offset }) => [kind, offset]),
    [
      ['flags', 0],
      ['body', 2 * metadata.length],
    ],
  );
  for (const { message } of damage) t.match(message, /zstd needs Node.js 22\.15/);
  t.equal(summary.damaged, 2);
  t.ok((await toBytes(flows)).equals(body), 'and is copied');
  await t.rejects(async () => toBytes([answered(TEXT)], 'zstd'), /22\.15/);
});

t.test('a huge body is read with little memory', async (t) => {
  const size = 100_000_000;
  const flow = plainHttpFlow('/huge', '');
  const chunk = Buffer.alloc(100_000, 'as good as nothing');
  for (let at = 0; at < size / chunk.length; at++) {
    if (!flow.response!.body.append(chunk)) await flow.response!.body.drained();
  }
  writeFileSync(path, await toBytes([flow], 'gzip'));
  let read = 0;
  const before = liveBytes();
  let most = Number.NEGATIVE_INFINITY;
  await readFlows({ path }, { policy, onDamage: (damage) => t.fail(damage.message) }, async (found) => {
    for await (const piece of (found as HttpFlow).response!.body.rawChunks()) {
      const step = Math.floor(read / 10_000_000);
      read += piece.length;
      if (Math.floor(read / 10_000_000) > step) most = Math.max(most, liveBytes() - before);
    }
  });
  t.equal(read, size);
  t.ok(Number.isFinite(most) && most < 30_000_000, `${most} bytes more`);
});
