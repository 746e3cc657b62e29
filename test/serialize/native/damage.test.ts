import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { type Damage, DamageError } from '../../../src/serialize/input/reader.js';
import { Random } from '../../support/random.js';
import { rounds } from '../../support/rounds.js';
import { type ReadResult, readAll, toBytes } from '../flows.js';
import { plainHttpFlow, tcpFlow, upgradedFlow } from '../sample-flows.js';
import { checkBeginnings, checkFlippedBits, found, ids } from './damage-checks.js';
import { joinRecord, splitRecords } from './records.js';

const path = join(t.testdir({}), 'input');

async function readFile(bytes: Buffer): Promise<ReadResult> {
  writeFileSync(path, bytes);
  return readAll(path);
}

/** Reads it as a file and as a stream, which have to say the same. */
async function readBoth(t: Test, bytes: Buffer, name: string): Promise<ReadResult> {
  const file = await readFile(bytes);
  const stream = await readAll([bytes]);
  t.same(outline(stream), outline(file), `${name}: stream and file`);
  return file;
}

function outline({ flows, damage, summary }: ReadResult): unknown {
  return { flows: flows.map(({ id }) => id), damage: damage.map(({ kind, offset }) => [kind, offset]), summary };
}

t.test('each beginning of a capture', async (t) => {
  await checkBeginnings(t, [plainHttpFlow('/1'), tcpFlow(), plainHttpFlow('/3', '')]);
});

t.test('each flipped bit of a capture', async (t) => {
  await checkFlippedBits(t, [plainHttpFlow('/1', 'one'), upgradedFlow()]);
});

t.test('bytes that are no flows, of any length', async (t) => {
  const random = new Random(7);
  const sound = await toBytes([plainHttpFlow('/')]);
  for (let round = 0; round < rounds(80, 200); round++) {
    const noise = random.bytes(random.below(300));
    if (random.below(2) === 0) noise.write('TSF1', random.below(noise.length + 1), 'latin1');
    const { flows, damage } = await readBoth(t, Buffer.concat([sound, noise, sound]), `round ${round}`);
    t.equal(flows.length, 2);
    t.equal(damage.length, noise.length > 0 ? 1 : 0);
  }
});

t.test('two files joined', async (t) => {
  const [one, two] = [await toBytes([plainHttpFlow('/1'), tcpFlow()]), await toBytes([plainHttpFlow('/2')])];
  const { flows, damage, summary } = await readBoth(t, Buffer.concat([one, two]), 'joined');
  t.equal(flows.length, 3);
  t.same(damage, []);
  t.equal(summary.recovered, 0);
});

t.test('a file that was cut off, and another one behind it', async (t) => {
  const torn = await toBytes([plainHttpFlow('/0'), plainHttpFlow('/1', 'x'.repeat(5000))]);
  const records = splitRecords(torn);
  const second = records[1]!.offset;
  const body = torn.length - 5000;
  for (const [name, behind] of [
    ['shorter than what is missing', [plainHttpFlow('/2'), plainHttpFlow('/3')]],
    ['longer than what is missing', Array.from({ length: 20 }, (_, at) => plainHttpFlow(`/${at}`))],
  ] as const) {
    const other = await toBytes(behind);
    for (const end of [second + 1, second + 20, second + 40, body - 1, body, body + 1, torn.length - 1]) {
      const { flows, damage } = await readFile(Buffer.concat([torn.subarray(0, end), other]));
      const label = `${name}, cut at ${end}`;
      t.same(ids(flows).slice(-behind.length), ids(behind), `${label}: everything after the cut is read`);
      t.ok(damage.length > 0 && damage.every(({ offset }) => offset >= second), `${label}: the damage is reported`);
    }
  }
});

t.test('a record that is damaged in the middle', async (t) => {
  const flows = [plainHttpFlow('/1'), plainHttpFlow('/2'), plainHttpFlow('/3')];
  const bytes = await toBytes(flows);
  const [, second, third] = splitRecords(bytes);
  for (const [name, at] of [
    ['magic', 0],
    ['writer', 5],
    ['metadata length', 19],
    ['bodies length', 26],
    ['metadata', 100],
  ] as const) {
    const damaged = Buffer.from(bytes);
    damaged[second!.offset + at]! ^= 0x40;
    const { flows: read, damage, summary } = await readBoth(t, damaged, name);
    t.same(ids(read), [flows[0]!.id, flows[2]!.id], name);
    t.same(found(damage), [['garbage', second!.offset]], name);
    t.match(damage[0]!.message, `${third!.offset - second!.offset} bytes at offset ${second!.offset}`, name);
    t.equal(summary.recovered, 0, 'the writer of what follows was seen before');
  }
});

t.test('a recorded body that is a flow file itself', async (t) => {
  const inner = [plainHttpFlow('/inner/1'), plainHttpFlow('/inner/2')];
  const outer = plainHttpFlow('/flows.bin', (await toBytes(inner)).toString('latin1'));
  outer.response!.body.set(await toBytes(inner));
  const around = [plainHttpFlow('/before'), outer, plainHttpFlow('/after')];
  const bytes = await toBytes(around);
  t.same(ids((await readBoth(t, bytes, 'sound')).flows), ids(around), 'its flows are no flows of the capture');

  const damaged = Buffer.from(bytes);
  damaged[splitRecords(bytes)[1]!.offset + 50]! ^= 1;
  const { flows, summary } = await readBoth(t, damaged, 'damaged');
  t.same(ids(flows), [around[0]!.id, ...ids(inner), around[2]!.id]);
  t.equal(summary.recovered, 2, 'behind damage they are, but as recovered');
});

t.test('the end after a power failure: zeros', async (t) => {
  const bytes = Buffer.concat([await toBytes([plainHttpFlow('/1')]), Buffer.alloc(5000)]);
  const { flows, damage } = await readBoth(t, bytes, 'zeros');
  t.equal(flows.length, 1);
  t.same(found(damage), [['garbage', bytes.length - 5000]]);
});

t.test('kinds, types and keys of later versions', async (t) => {
  const flows = [plainHttpFlow('/1'), plainHttpFlow('/2'), plainHttpFlow('/3')];
  const [first, second, third] = splitRecords(await toBytes(flows));
  const offset = joinRecord(first!).length;
  const cases: [name: string, record: object, damage: unknown, unknown: number][] = [
    ['kind', { kind: 2 }, [], 1],
    ['kind with flags and other metadata', { kind: 7, flags: 3, metadata: Buffer.from('?') }, [], 1],
    ['flag', { flags: 0x8001 }, [['flags', offset]], 0],
    ['version', { metadata: { version: 2, type: 5, id: [] } }, [['version', offset]], 0],
    ['type', { metadata: { ...second!.metadata, type: 'quic', request: 5 } }, [], 1],
    ['minor version', { metadata: { ...second!.metadata, version: 1.5, type: 'sctp' } }, [], 1],
  ];
  for (const [name, changes, expected, unknown] of cases) {
    const record = joinRecord({ ...second!, ...changes });
    const {
      flows: read,
      damage,
      summary,
    } = await readBoth(t, Buffer.concat([joinRecord(first!), record, joinRecord(third!)]), name);
    t.same(ids(read), [flows[0]!.id, flows[2]!.id], name);
    t.same(found(damage), expected, name);
    t.equal(summary.unknown, unknown, name);
    for (const { message } of damage) t.match(message, /at offset \d+ .*update tsdump/, name);
  }
});

t.test('a newer version is reported once', async (t) => {
  const [record] = splitRecords(await toBytes([plainHttpFlow('/1')]));
  const newer = joinRecord({ ...record!, metadata: { version: 2 } });
  const { damage, summary } = await readBoth(t, Buffer.concat([newer, newer, newer]), 'newer');
  t.equal(damage.length, 1);
  t.equal(summary.damaged, 3);
});

t.test('invalid metadata with a valid checksum', async (t) => {
  const [record] = splitRecords(await toBytes([plainHttpFlow('/1')]));
  const { metadata } = record!;
  const without = (key: string, map: object = metadata) =>
    Object.fromEntries(Object.entries(map).filter(([one]) => one !== key));
  const cases: [name: string, metadata: unknown][] = [
    ['empty', Buffer.alloc(0)],
    ['a list', [1, 2]],
    ['two maps', Buffer.of(0x80, 0x80)],
    ['a map that is cut off', Buffer.of(0x82, 0xa1, 0x61)],
    ['a map that promises too much', Buffer.of(0xdf, 0xff, 0xff, 0xff, 0xff)],
    ['a text that promises too much', Buffer.of(0x81, 0xdb, 0xff, 0xff, 0xff, 0xff)],
    ['a list that promises too much', Buffer.of(0x81, 0xa1, 0x61, 0xdd, 0xff, 0xff, 0xff, 0xff)],
    ['maps in maps without end', Buffer.alloc(100_000, 0x81)],
    ['lists in lists without end', Buffer.concat([Buffer.of(0x81, 0xa1, 0x61), Buffer.alloc(100_000, 0x91)])],
    ...['version', 'type', 'id', 'client', 'server', 'request'].map((key): [string, unknown] => [
      `no ${key}`,
      without(key),
    ]),
    ...[
      'version',
      'type',
      'id',
      'created',
      'client',
      'server',
      'request',
      'response',
      'bodies',
      'error',
      'comment',
    ].map((key): [string, unknown] => [`${key} of the wrong type`, { ...metadata, [key]: true }]),
    ['no method', { ...metadata, request: without('method', metadata.request!) }],
    ['no headers', { ...metadata, response: { status: 200 } }],
    ['headers as text', { ...metadata, request: { ...metadata.request, headers: 'Host: a\r\n' } }],
    ['no status', { ...metadata, response: { headers: Buffer.alloc(0) } }],
    ['an invalid address', { ...metadata, client: { ...metadata.client, peer: ['a'] } }],
    ['bodies that are too long', { ...metadata, bodies: [{ ...metadata.bodies![0], length: 6 }] }],
    ['bodies that are too short', { ...metadata, bodies: [] }],
    ['bodies that cancel out', { ...metadata, bodies: [{ ...metadata.bodies![0], length: 10 }, { length: -5 }] }],
    [
      'half a byte',
      {
        ...metadata,
        bodies: [
          { ...metadata.bodies![0], length: 4.5 },
          { ...metadata.bodies![0], length: 0.5 },
        ],
      },
    ],
  ];
  const next = plainHttpFlow('/next');
  const behind = await toBytes([next]);
  for (const [name, damaged] of cases) {
    const bytes = Buffer.concat([joinRecord({ ...record!, metadata: damaged }), behind]);
    const { flows, damage } = await readBoth(t, bytes, name);
    t.same(ids(flows), [next.id], name);
    t.same(found(damage), [['metadata', 0]], name);
  }
});

t.test('lengths that no memory could hold', async (t) => {
  const next = plainHttpFlow('/next');
  const bytes = Buffer.concat([await toBytes([plainHttpFlow('/1')]), await toBytes([next])]);
  for (const [name, at, value] of [
    ['metadata', 16, 0xffff_ffffn],
    ['metadata at the limit', 16, 64n * 1024n * 1024n],
    ['bodies', 20, 0xffff_ffff_ffff_ffffn],
  ] as const) {
    const damaged = Buffer.from(bytes);
    if (at === 16) damaged.writeUInt32LE(Number(value), at);
    else damaged.writeBigUInt64LE(value, at);
    const { flows, damage } = await readBoth(t, damaged, name);
    t.same(ids(flows), [next.id], name);
    t.same(found(damage), [['garbage', 0]], name);
  }
});

t.test('files that are not flow files', async (t) => {
  const cases: [content: string, seen: RegExp][] = [
    ['[{"id":1}]', /JSON/],
    ['\ufeff [', /JSON/],
    ['\x1f\x8b', /gzip/],
    ['\xd4\xc3\xb2\xa1\x02\x00', /packet capture/],
    ['GET / HTTP/1.1\r\n', /text/],
    ['---\nhttp_interactions:\n- request:\n', /a VCR cassette/],
    ['interactions:\n- request:\n', /a VCR cassette/],
    ['TSF2....', /newer tsdump; update tsdump/],
    ['\x00\x01\x02', /not a flow file; tsdump reads/],
  ];
  for (const [content, seen] of cases) {
    const bytes = content.startsWith('\ufeff') ? Buffer.from(content) : Buffer.from(content, 'latin1');
    const { damage, summary } = await readBoth(t, bytes, content);
    t.same(found(damage), [['unrecognised', 0]], content);
    t.match(damage[0]!.message, seen, content);
    t.equal(summary.flows, 0);
  }
});

t.test('strict stops at the first damage', async (t) => {
  const bytes = await toBytes([plainHttpFlow('/1'), plainHttpFlow('/2'), plainHttpFlow('/3')]);
  const [, second] = splitRecords(bytes);
  const damaged = Buffer.from(bytes);
  damaged[second!.offset + 60]! ^= 1;
  writeFileSync(path, damaged);
  for (const input of [path, [damaged], [bytes.subarray(0, -1)], [Buffer.from('text')]]) {
    const reported: Damage[] = [];
    await t.rejects(readAll(input, { strict: true, onDamage: (damage) => reported.push(damage) }), DamageError);
    t.same(reported, [], 'only the error reports it');
  }
});

t.test('strict stops at a damaged body that was read', async (t) => {
  const bytes = await toBytes([plainHttpFlow('/1'), plainHttpFlow('/2')]);
  const end = splitRecords(bytes)[1]!.offset - 1;
  bytes[end]! ^= 1;
  writeFileSync(path, bytes);
  const { flows } = await readAll(path, { strict: true });
  t.equal(flows.length, 2, 'it was not read');
  await t.rejects((flows[0] as HttpFlow).response!.body.rawBytes(), DamageError);
  await t.rejects(readAll([bytes], { strict: true }), DamageError);
});
