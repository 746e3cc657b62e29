import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Flow, HttpFlow } from '../../../src/flow/flow.js';
import { DamageError } from '../../../src/serialize/input/damage.js';
import { flipped, prefixes } from '../../support/cuts.js';
import { Random } from '../../support/random.js';
import { rounds } from '../../support/rounds.js';
import { describeFlow, readAll } from '../flows.js';
import { plainHttpFlow } from '../sample-flows.js';
import { boundaries, fixture, toMitmproxy } from './flow-files.js';

const folder = t.testdir({});
const file = shorten(fixture(21));
const offsets = boundaries(file);
const intact = await Promise.all((await readAll([file])).flows.map(asText));

/** A WebSocket flow, a TCP flow, one of DNS and one of HTTP. */
function shorten(whole: Buffer): Buffer {
  const at = boundaries(whole);
  return Buffer.concat([2, 3, 5, 1].map((record) => whole.subarray(at[record]!, at[record + 1])));
}

/** Reads bytes as a file and as a stream, which have to give the same. */
async function readBoth(t: Test, bytes: Buffer) {
  const path = join(folder, 'damaged');
  writeFileSync(path, bytes);
  const fromFile = await readAll(path);
  const fromStream = await readAll([bytes]);
  const ids = (result: typeof fromFile) => result.flows.map(({ id }) => id);
  const extras = (result: typeof fromFile) => result.damage.map(({ kind, offset }) => `${kind} ${offset}`);
  if (String(ids(fromFile)) !== String(ids(fromStream)) || String(extras(fromFile)) !== String(extras(fromStream))) {
    t.fail('file and stream differ', {
      file: [ids(fromFile), extras(fromFile)],
      stream: [ids(fromStream), extras(fromStream)],
    });
  }
  return fromFile;
}

t.test('a file that is cut off', async (t) => {
  for (const bytes of prefixes(file)) {
    // A few digits may be anything.
    if (!bytes.includes(':')) continue;
    // Within a record, all cuts are alike.
    if (!offsets.some((offset) => Math.abs(bytes.length - offset) < 60) && bytes.length % 7 > 0) continue;
    const { flows, damage } = bytes.length % 16 === 0 ? await readBoth(t, bytes) : await readAll([bytes]);
    const whole = offsets.filter((offset) => offset > 0 && offset <= bytes.length).length;
    const at = offsets[whole]!;
    const expected = at === bytes.length ? [] : [`truncated ${at}`];
    const found = damage.map(({ kind, offset }) => `${kind} ${offset}`);
    if (flows.length !== whole || String(found) !== String(expected)) {
      t.fail(`${bytes.length} bytes`, { flows: flows.length, whole, found, expected });
    }
  }
  t.pass('whole flows are read, and the torn one is reported');
});

t.test('one altered byte leaves the other flows as they are', async (t) => {
  const random = new Random(3);
  let reported = 0;
  let tried = 0;
  for (const bytes of flipped(file, [0x00, 0x39, 0x7d, 0xff])) {
    const at = firstDifference(bytes);
    // All of the small numbers would take long: each byte of what frames a record, and every twentieth elsewhere.
    if (!offsets.some((offset) => at >= offset && at < offset + 40) && random.below(20) > 0) continue;
    const { flows, damage } = tried % 8 === 0 ? await readBoth(t, bytes) : await readAll([bytes]);
    tried++;
    const hit = offsets.findIndex((offset, index) => at >= offset && at < offsets[index + 1]!);
    const read = await Promise.all(flows.map(asText));
    const others = intact.filter((_flow, index) => index !== hit);
    const missing = others.filter((flow) => !read.includes(flow));
    if (missing.length > 0)
      t.fail(`byte ${at} of flow ${hit} is ${bytes[at]}: ${missing.length} other flows are not read`);
    if (flows.length > intact.length) t.fail(`byte ${at}: more flows than there are`);
    if (flows.length < intact.length) reported++;
    if (flows.length < intact.length && damage.length === 0)
      t.fail(`byte ${at}: a flow is missing, and nothing is reported`);
  }
  t.ok(tried > 800 && reported > tried / 4, `${reported} of ${tried} were reported`);
});

async function asText(flow: Flow): Promise<string> {
  return JSON.stringify(await describeFlow(flow));
}

function firstDifference(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === file[at]) at++;
  return at;
}

t.test('noise of any kind', async (t) => {
  const random = new Random(11);
  for (let round = 0; round < rounds(40, 100); round++) {
    const bytes = Buffer.from(file);
    for (let count = 1 + random.below(6); count > 0; count--) {
      const start = random.below(bytes.length);
      random.bytes(1 + random.below(200)).copy(bytes, start);
    }
    const { flows, damage, summary } = await readBoth(t, bytes);
    t.ok(flows.length === intact.length || damage.length > 0);
    t.equal(summary.flows, flows.length);
  }
});

t.test('damage reports', async (t) => {
  const second = offsets[1]!;
  const third = offsets[2]!;
  const length = String(file.subarray(second, file.indexOf(':', second)));
  const cases: [name: string, bytes: Buffer, flows: number, damage: string[]][] = [
    ['garbage between flows', Buffer.concat([file.subarray(0, second), Buffer.from('xyz'), file.subarray(second)]), 4, [`garbage ${second}`]],
    ['a length too large', edit(second, '9'), 3, [`garbage ${second}`]],
    ['a length with a letter', edit(second, 'x'), 3, [`garbage ${second}`]],
    ['a content that is damaged', edit(second + length.length + 1, '77'), 3, [`metadata ${second}`]],
    ['a type that is damaged', edit(third - 1, ','), 3, [`garbage ${second}`]],
    ['garbage at the end', Buffer.concat([file, Buffer.from('this is no flow')]), 4, [`garbage ${file.length}`]],
    ['two files, the first torn', Buffer.concat([file.subarray(0, second + 1000), file]), 5, [`garbage ${second}`]],
  ]; // biome-ignore format: a table
  for (const [name, bytes, count, expected] of cases) {
    const { flows, damage } = await readBoth(t, bytes);
    t.same([flows.length, damage.map(({ kind, offset }) => `${kind} ${offset}`)], [count, expected], name);
    await t.rejects(readAll([bytes], { strict: true }), DamageError, `${name}, strict`);
  }
});

function edit(at: number, text: string): Buffer {
  const bytes = Buffer.from(file);
  bytes.write(text, at, 'latin1');
  return bytes;
}

t.test('a flow file in the body of a flow that is cut off is not taken for flows', async (t) => {
  const inner = await toMitmproxy([plainHttpFlow('/inner')]);
  const outer = plainHttpFlow('/outer', '');
  outer.response!.body.set(Buffer.concat([inner, Buffer.alloc(5000, 'x')]));
  const bytes = await toMitmproxy([outer]);
  const whole = await readBoth(t, bytes);
  t.same(
    whole.flows.map((flow) => (flow as HttpFlow).request.path),
    ['/outer'],
  );
  const { flows, damage, summary } = await readBoth(t, bytes.subarray(0, -10));
  t.same(
    flows.map((flow) => (flow as HttpFlow).request.path),
    ['/inner'],
  );
  t.equal(summary.recovered, 1, 'it is marked as recovered');
  t.same(
    damage.map(({ kind, offset }) => `${kind} ${offset}`),
    ['garbage 0', `garbage ${bytes.indexOf(inner) + inner.length}`],
  );
});

t.test('lengths that are lies', async (t) => {
  for (const head of [
    '999999999999:7:version;',
    '99999999:8:messages;99999999:',
    '60:8:response;',
    '0:}9:7:version;',
  ]) {
    const { flows, damage } = await readAll([Buffer.from(`${head}${'1'.repeat(100)}`)]);
    t.equal(flows.length, 0, head);
    t.ok(damage.length > 0, head);
  }
});

t.test('a record in which bodies stand again and again is damaged', async (t) => {
  const item = (payload: string, tag: string) => `${Buffer.byteLength(payload)}:${payload}${tag}`;
  const content = item('content', ';') + item('x'.repeat(2000), ',');
  const record = (count: number) => Buffer.from(item(item('request', ';') + item(content.repeat(count), '}'), '}'));
  const { flows, damage } = await readAll([record(1000)]);
  t.same([flows.length, damage.length], [0, 1]);
  t.match(damage[0]!.message, /a key occurs too often/);
  t.notMatch((await readAll([record(8)])).damage[0]!.message, /too often/);
});
