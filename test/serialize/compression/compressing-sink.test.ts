import zlib, { gunzipSync } from 'node:zlib';
import t from 'tap';
import { codecOf } from '../../../src/serialize/compression/codec.js';
import { CompressingSink } from '../../../src/serialize/compression/compressing-sink.js';
import type { Sink } from '../../../src/serialize/output/sinks.js';
import { Random } from '../../support/random.js';
import { until } from '../../support/until.js';
import { MemorySink } from '../flows.js';
import { COMPRESSIONS } from './available.js';

function write(sink: Sink, ...chunks: (Buffer | string)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(
      chunks.map((chunk) => Buffer.from(chunk)),
      (error) => (error ? reject(error) : resolve()),
    );
  });
}

for (const compression of COMPRESSIONS) {
  t.test(`${compression}: round trip`, async (t) => {
    const inner = new MemorySink();
    const sink = new CompressingSink(inner, compression);
    t.equal(sink.name, 'memory');
    const random = new Random(1);
    const expected: Buffer[] = [];
    for (let round = 0; round < 50; round++) {
      const chunks = Array.from({ length: random.below(5) }, () => random.bytes(random.below(50_000)));
      expected.push(...chunks);
      await write(sink, ...chunks);
    }
    await sink.close();
    const bytes = Buffer.concat(expected);
    t.ok(codecOf(compression).decompress(inner.bytes, bytes.length).equals(bytes));
  });

  t.test(`${compression}: nothing at all`, async (t) => {
    const inner = new MemorySink();
    await new CompressingSink(inner, compression).close();
    t.equal(codecOf(compression).decompress(inner.bytes, 10).length, 0);
  });
}

for (const compression of COMPRESSIONS) {
  t.test(`${compression}: large data becomes several streams, which end where flows do`, async (t) => {
    const inner = new MemorySink();
    const sink = new CompressingSink(inner, compression, false, 1000);
    const random = new Random(3);
    const expected: Buffer[] = [];
    for (let round = 0; round < 10; round++) {
      const chunk = random.bytes(40_000);
      expected.push(chunk);
      await write(sink, chunk);
      await new Promise<void>((resolve) => sink.settle(() => resolve()));
    }
    await sink.close();
    const magic = codecOf(compression).compress(Buffer.alloc(0)).subarray(0, 3);
    const streams: Buffer[] = [];
    for (let at = 0; at < inner.bytes.length; ) {
      const next = inner.bytes.indexOf(magic, at + 1);
      const end = next < 0 ? inner.bytes.length : next;
      streams.push(codecOf(compression).decompress(inner.bytes.subarray(at, end), 1_000_000));
      at = end;
    }
    t.ok(streams.length > 2, `${streams.length} streams`);
    t.same([...new Set(streams.map(({ length }) => length % 40_000))], [0]);
    t.ok(Buffer.concat(streams).equals(Buffer.concat(expected)));
  });
}

t.test('written data becomes readable soon, without further writes', async () => {
  const inner = new MemorySink();
  const sink = new CompressingSink(inner, 'gzip');
  const finishFlush = zlib.constants.Z_SYNC_FLUSH;
  const readable = () => String(inner.bytes.length > 0 ? gunzipSync(inner.bytes, { finishFlush }) : '');
  for (const text of ['one', 'onetwo', 'onetwothree']) {
    await write(sink, text.slice(readable().length));
    await until(() => readable() === text, `${text} to be there`);
  }
  await sink.close();
});

t.test('the memory of chunks can be used again when they are written', async (t) => {
  const inner = new MemorySink();
  const sink = new CompressingSink(inner, 'gzip');
  const chunk = Buffer.alloc(100_000, 'a');
  await write(sink, chunk);
  chunk.fill('b');
  await new Promise<void>((resolve) => sink.write([chunk], () => resolve()));
  chunk.fill('c');
  await sink.close();
  t.equal(String(gunzipSync(inner.bytes)).replace(/(.)\1+/g, '$1'), 'ab');
});

t.test('an output that fails', async (t) => {
  let closed = 0;
  const failing: Sink = {
    name: 'failing',
    size: 0,
    write: (_, done) => done(new Error('full')),
    close: async () => {
      closed++;
    },
  };
  const sink = new CompressingSink(failing, 'gzip');
  await t.rejects(write(sink, new Random(2).bytes(200_000)), /full/);
  await t.rejects(write(sink, 'more'), /full/, 'and keeps failing');
  await t.rejects(sink.close(), /full/);
  t.equal(closed, 1);
});
