import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import type { Flow } from '../../../src/flow/flow.js';
import { type Damage, readFlows } from '../../../src/serialize/input/reader.js';
import type { NativeSource } from '../../../src/serialize/native/native-source.js';
import { NativeWriter } from '../../../src/serialize/native/native-writer.js';
import { Random } from '../../support/random.js';
import { damageOf, describeFlow, failOnError, MemorySink, policy, readAll, toBytes } from '../flows.js';
import { plainHttpFlow, sampleFlows } from '../sample-flows.js';
import { joinPacked, joinRecord, splitRecords } from './records.js';

/** How unchanged flows are written: in one piece where possible, or always part by part. */
type Way = 'whole' | 'parts';

/** Writes the flows of a capture as soon as each is read, as none may be changed. */
async function rewrite(input: { path: string } | { chunks: readonly Buffer[] }, way: Way) {
  const sink = new MemorySink();
  const writer = new NativeWriter(sink, { onError: failOnError, policy });
  const damage: Damage[] = [];
  let copied = 0;
  const options = {
    policy,
    wantsBodies: () => true,
    checksBodies: true,
    mayChange: () => way === 'parts',
    releasesFlows: way === 'whole',
    onDamage: (found: Damage) => damage.push(found),
  };
  const from = 'path' in input ? input : { stream: Readable.from(input.chunks), name: 'input' };
  await readFlows(from, options, (flow) => {
    const source = flow.source as NativeSource;
    source.untouched = true;
    if (source.sizeInWindow() !== undefined) copied++;
    if (way === 'parts') Object.defineProperty(source, 'sizeInWindow', { value: () => undefined });
    return writer.write(flow);
  });
  await writer.close();
  return { bytes: sink.bytes, damage: damageOf(damage), copied };
}

/** Flows of all types, with bodies up to beyond the window, and records of other programs. */
async function randomRecords(random: Random): Promise<Buffer> {
  const flows: Flow[] = sampleFlows();
  for (let count = random.below(12); count >= 0; count--) {
    flows.push(
      plainHttpFlow(`/${count}`, 'x'.repeat(random.below(4) === 0 ? random.below(90_000) : random.below(3000))),
    );
  }
  flows.sort(() => random.below(3) - 1);
  const records = splitRecords(await toBytes(flows, random.below(3) === 0 ? 'gzip' : undefined));
  return Buffer.concat(
    records.map((record) => {
      const metadata = random.below(3) > 0 ? record.metadata : shuffled(record.metadata, random);
      return record.flags & 1
        ? joinPacked({ ...record, metadata } as typeof record)
        : joinRecord({ ...record, metadata });
    }),
  );
}

/** Metadata with the keys of all maps in another order, and with unknown keys. Lists, and data of addons, stay as they are. */
function shuffled(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, key === 'metadata' ? inner : shuffled(inner, random)] as const,
  );
  if (random.below(4) === 0) entries.push([`unknown${random.below(9)}`, { list: [1, 'x', Buffer.of(7)] }]);
  return Object.fromEntries(entries.sort(() => random.below(3) - 1));
}

function pieces(bytes: Buffer, random: Random): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += found.at(-1)!.length) {
    found.push(bytes.subarray(at, at + 1 + random.below(5000)));
  }
  return found;
}

t.test('records copied in one piece equal those copied part by part', async (t) => {
  const path = join(t.testdir(), 'input');
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed);
    const bytes = await randomRecords(random);
    writeFileSync(path, bytes);
    const chunks = pieces(bytes, random);
    for (const input of [{ path }, { chunks }]) {
      const whole = await rewrite(input, 'whole');
      const parts = await rewrite(input, 'parts');
      const name = `seed ${seed}, ${'path' in input ? 'a file' : 'a stream'}`;
      t.ok(whole.bytes.equals(bytes), `${name}: as read`);
      t.ok(parts.bytes.equals(bytes), `${name}: part by part`);
      t.strictSame([whole.damage, parts.damage], [[], []], name);
      t.ok(whole.copied > 0, `${name}: small records are in memory`);
    }
  }
});

t.test('damage at every byte costs the same records, and is reported alike', async (t) => {
  const path = join(t.testdir(), 'input');
  const bytes = await toBytes([plainHttpFlow('/1', 'first'), plainHttpFlow('/2', 'second')]);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 1 << (at % 8);
    writeFileSync(path, damaged);
    const input = at % 2 === 0 ? { path } : { chunks: [damaged] };
    const whole = await rewrite(input, 'whole');
    const parts = await rewrite(input, 'parts');
    const isSame = whole.bytes.equals(parts.bytes) && `${whole.damage}` === `${parts.damage}`;
    if (!isSame || whole.damage.length === 0) t.fail(`byte ${at}`, { whole: whole.damage, parts: parts.damage });
  }
  t.pass('all bytes');
});

t.test('keys are read in any order', async (t) => {
  const records = splitRecords(await toBytes(sampleFlows()));
  for (const record of records) {
    const [expected] = (await readAll([joinRecord(record)])).flows;
    for (let seed = 1; seed <= 30; seed++) {
      const metadata = shuffled(record.metadata, new Random(seed));
      const { flows, damage } = await readAll([joinRecord({ ...record, metadata })]);
      t.same(damage, []);
      t.strictSame(await describeFlow(flows[0]!), await describeFlow(expected!), `${record.metadata.type}, ${seed}`);
    }
  }
});

t.test('flows of one connection share its objects only if none can be changed', async (t) => {
  const [first, second] = [plainHttpFlow('/1'), plainHttpFlow('/2')];
  const again = Object.assign(plainHttpFlow('/3'), { client: first.client, server: first.server });
  const bytes = await toBytes([first, second, again]);
  const own = await readAll([bytes]);
  const shared = await readAll([bytes], { mayChange: () => false });
  t.strictSame(await Promise.all(shared.flows.map(describeFlow)), await Promise.all(own.flows.map(describeFlow)));
  for (const end of ['client', 'server'] as const) {
    t.equal(shared.flows[0]![end], shared.flows[2]![end], end);
    t.not(shared.flows[0]![end], shared.flows[1]![end], end);
    t.not(own.flows[0]![end], own.flows[2]![end], end);
  }
});
