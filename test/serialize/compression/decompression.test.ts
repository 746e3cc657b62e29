import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { type Flow, type HttpFlow, releaseFlow } from '../../../src/flow/flow.js';
import { codecOf } from '../../../src/serialize/compression/codec.js';
import { DamageError, readFlows } from '../../../src/serialize/input/reader.js';
import { prefixes } from '../../support/cuts.js';
import { liveBytes } from '../../support/live-memory.js';
import { Random } from '../../support/random.js';
import { describeFlow, describeFlows, pathsOf, policy, type ReadResult, readAll, toBytes } from '../flows.js';
import { plainHttpFlow } from '../sample-flows.js';
import { COMPRESSIONS } from './available.js';

const path = join(t.testdir({}), 'input');

const CASES: readonly (readonly [name: string, compress: (bytes: Buffer) => Buffer])[] = [
  ...COMPRESSIONS.map((name) => [name, (bytes: Buffer) => codecOf(name).compress(bytes)] as const),
  ['zlib', (bytes) => deflateSync(bytes)],
];

/** What is said of an input, as a file and as a stream that comes in pieces. */
async function readBoth(bytes: Buffer): Promise<[file: ReadResult, stream: ReadResult]> {
  writeFileSync(path, bytes);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 999) }, (_, at) =>
    bytes.subarray(at * 999, (at + 1) * 999),
  );
  return [await readAll(path), await readAll(pieces)];
}

function paths(flows: readonly Flow[]): string {
  return flows.map((flow) => (flow as HttpFlow).request.path).join(' ');
}

/** Flows of which little can be compressed. */
function noisyFlows(count: number, size = 500): HttpFlow[] {
  const random = new Random(9);
  return Array.from({ length: count }, (_, at) => {
    const flow = plainHttpFlow(`/${at}`, '');
    flow.response!.body.append(random.bytes(size));
    return flow;
  });
}

async function checkAll(t: Test, bytes: Buffer, expected: readonly Flow[]): Promise<void> {
  for (const { flows, damage } of await readBoth(bytes)) {
    t.same(damage, []);
    t.strictSame(await describeFlows(flows), await describeFlows(expected));
  }
}

for (const [name, compress] of CASES) {
  t.test(`${name}: a file, whatever its name`, async (t) => {
    const flows = noisyFlows(100);
    await checkAll(t, compress(await toBytes(flows)), flows);
    await checkAll(t, compress(await toBytes([])), []);
  });

  t.test(`${name}: each beginning`, async (t) => {
    const flows = noisyFlows(3, 100);
    const bytes = compress(await toBytes(flows));
    let most = 0;
    for (const prefix of prefixes(bytes)) {
      if (prefix.length < 4) continue;
      for (const { flows: read, damage } of [await readAll([prefix])]) {
        most = Math.max(most, read.length);
        if (paths(read) !== paths(flows.slice(0, read.length))) t.fail(`flows of the first ${prefix.length} bytes`);
        const [first] = damage;
        const cut = first?.kind === 'truncated' && first.offset === prefix.length;
        const whole = prefix.length === bytes.length;
        if (whole ? first : !cut) t.fail(`damage of the first ${prefix.length} bytes`);
      }
    }
    // Zstd gives out whole blocks only, of up to 128 KiB.
    if (name !== 'zstd') t.equal(most, 3);
  });

  t.test(`${name}: flipped bits, all of its head and its end, and one of each byte between`, async (t) => {
    const flows = noisyFlows(2, 50);
    const bytes = compress(await toBytes(flows));
    const expected = new Map<string, string>();
    for (const flow of flows) expected.set(flow.id, JSON.stringify(await describeFlow(flow)));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const at = bit >> 3;
      if (at >= 20 && at < bytes.length - 20 && (bit & 7) !== at % 8) continue;
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const { flows: read, damage } = await readAll([Buffer.from(bytes)]);
      for (const flow of read) {
        const right = JSON.stringify(await describeFlow(flow)) === expected.get(flow.id);
        if (!right && !damage.some(({ kind }) => kind === 'body')) t.fail(`bit ${bit}: a wrong flow`);
      }
      if (read.length < 2 && damage.length === 0) t.fail(`bit ${bit}: something is missing`);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    t.pass('reads right or reports damage');
  });

  t.test(`${name}: damage in the middle`, async (t) => {
    const flows = noisyFlows(1000);
    const bytes = compress(await toBytes(flows));
    const middle = bytes.length >> 1;
    bytes.fill(0x55, middle, middle + 40_000);
    const [file, stream] = await readBoth(bytes);
    t.equal(paths(file.flows), paths(flows.slice(0, file.flows.length)));
    t.ok(file.flows.length > (name === 'zstd' ? 250 : 490), `${file.flows.length}: what stands before it is read`);
    t.ok(
      stream.flows.length > (name === 'zstd' ? 250 : 480),
      `${stream.flows.length}: also of a stream, up to the piece`,
    );
    for (const { damage, summary } of [file, stream]) {
      t.equal(
        damage.some(({ message }) => message.includes(`the ${name} data is damaged at offset`)),
        true,
      );
      t.equal(summary.damaged, damage.length);
    }
    await t.rejects(readAll([bytes], { strict: true }), DamageError);
  });
}

for (const [name, compress] of CASES.filter(([name]) => name !== 'zlib')) {
  t.test(`${name}: several streams in one file`, async (t) => {
    const flows = noisyFlows(30);
    const parts = await Promise.all([0, 10, 20].map((at) => toBytes(flows.slice(at, at + 10))));
    const streams = parts.map(compress);
    await checkAll(t, Buffer.concat(streams), flows);
    await checkAll(t, Buffer.concat([streams[0]!, compress(Buffer.alloc(0)), streams[1]!, streams[2]!]), flows);
    await checkAll(t, Buffer.concat([...streams, Buffer.alloc(50_000)]), flows);
  });

  t.test(`${name}: data after its end`, async (t) => {
    const flows = noisyFlows(2);
    const bytes = compress(await toBytes(flows));
    const [file, stream] = await readBoth(Buffer.concat([bytes, Buffer.from('something else')]));
    t.equal(paths(file.flows), '/0 /1');
    t.match(file.damage, [{ kind: 'garbage' }]);
    // Gzip says so only after another byte.
    t.ok(file.damage[0]!.offset - bytes.length <= 1, `at ${file.damage[0]!.offset} of ${bytes.length}`);
    t.match(stream.damage[0], { kind: 'garbage' });
  });

  t.test(`${name}: a file that was cut off, and another one behind it`, async (t) => {
    const flows = noisyFlows(100);
    const torn = compress(await toBytes(flows));
    const other = await toBytes(flows.slice(0, 5));
    for (const end of [5, 100, torn.length >> 1, torn.length - 5, torn.length - 1]) {
      const [file, stream] = await readBoth(Buffer.concat([torn.subarray(0, end), compress(other)]));
      t.equal(paths(file.flows.slice(-5)), '/0 /1 /2 /3 /4', `cut at ${end}: what follows is read`);
      t.ok(file.damage.length > 0 && stream.damage.length > 0, `cut at ${end}: it is reported`);
      for (const flow of file.flows) releaseFlow(flow);
    }
  });
}

t.test('where damage is, of compressed and decompressed data', async (t) => {
  const bytes = await toBytes(noisyFlows(2));
  bytes[50]! ^= 1;
  const { damage } = await readAll([gzipSync(bytes.subarray(0, -3)).subarray(0, -2)]);
  t.match(
    damage.map(({ message }) => message),
    [
      /^input, decompressed: \d+ bytes at offset 0 are damaged; reading continues at offset \d+$/,
      /^input: the gzip data is cut off: it ends at offset \d+$/,
      /^input, decompressed: the end is cut off: the record at offset \d+ is incomplete$/,
    ],
  );
});

t.test('zstd on a runtime without it', { skip: COMPRESSIONS.includes('zstd') && 'it has' }, async (t) => {
  await t.rejects(readAll([Buffer.from('\x28\xb5\x2f\xfd\x00\x01', 'latin1')]), /zstd needs Node.js 22\.15/);
});

t.test('compressed twice is not looked into', async (t) => {
  const { damage } = await readAll([gzipSync(gzipSync(await toBytes(noisyFlows(1))))]);
  t.match(damage, [{ kind: 'unrecognised', message: /it looks like a gzip file/ }]);
});

t.test('a text that begins like zlib', async (t) => {
  for (const text of ['x^2 is not a flow file', 'x\x9c']) {
    const { damage } = await readAll([Buffer.from(text, 'latin1')]);
    t.match(damage, [{ kind: 'unrecognised' }], text);
  }
});

t.test('a bomb costs no memory', async (t) => {
  const zeros = gzipSync(Buffer.alloc(50_000_000));
  const bomb = Buffer.concat([zeros, zeros, zeros]);
  const before = liveBytes();
  let most = 0;
  let ticks = 0;
  // Ten times at most: each takes a while.
  const timer = setInterval(() => {
    if (++ticks % 20 === 1 && ticks < 200) most = Math.max(most, liveBytes() - before);
  }, 1);
  const found: unknown[] = [];
  writeFileSync(path, bomb);
  await readFlows({ path }, { policy, onDamage: ({ kind }) => found.push(kind) }, () => {});
  clearInterval(timer);
  t.same(found, ['unrecognised']);
  t.ok(most < 50_000_000, `${most} bytes`);
});

for (const [name, compress] of CASES.filter(([name]) => name !== 'zlib')) {
  t.test(`${name}: short streams one after the other, cut off anywhere: nothing is read twice`, async (t) => {
    const flows = noisyFlows(8, 60);
    const streams = await Promise.all(
      [flows.slice(0, 2), flows.slice(2, 4), flows.slice(4)].map((some) => toBytes(some)),
    );
    const bytes = Buffer.concat(streams.map(compress));
    for (let length = 1; length < bytes.length; length += 29) {
      for (const { flows: read } of await readBoth(bytes.subarray(0, length))) {
        const expected = flows.slice(0, read.length);
        if (paths(read) !== paths(expected)) t.fail(`${length}: ${paths(read)}`);
      }
    }
    for (let at = 20; at < bytes.length; at += 37) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x10;
      for (const { flows: read } of await readBoth(damaged)) {
        const seen = new Set(pathsOf(read));
        if (seen.size < read.length) t.fail(`${at}: ${paths(read)}`);
      }
    }
  });
}
