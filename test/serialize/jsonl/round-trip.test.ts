import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { describeFlow, readAll, sampleFlows, toBytes, toFormat } from '../flows.js';

const folder = t.testdir({});

t.test('everything that a flow can have comes back', async (t) => {
  const flows = sampleFlows();
  const expected = await Promise.all(flows.map(describeFlow));
  const bytes = await toFormat('jsonl', flows);
  const path = join(folder, 'all');
  writeFileSync(path, bytes);
  for (const [name, input] of [
    ['file', path],
    ['stream', [bytes]],
    ['stream of single bytes', [...bytes].map((byte) => Buffer.of(byte))],
  ] as const) {
    const { flows: read, damage, summary } = await readAll(input);
    t.same(damage, [], name);
    t.same(summary, { flows: flows.length, recovered: 0, unknown: 0, damaged: 0 }, name);
    t.strictSame(await Promise.all(read.map(describeFlow)), expected, name);
    t.ok((await toFormat('jsonl', read)).equals(bytes), `${name}: written again it is the same`);
  }
});

t.test('native, JSON Lines, native', async (t) => {
  const native = await toBytes(sampleFlows());
  const { flows } = await readAll([native]);
  const { flows: back } = await readAll([await toFormat('jsonl', flows)]);
  const again = await readAll([await toBytes(back)]);
  t.strictSame(await Promise.all(again.flows.map(describeFlow)), await Promise.all(flows.map(describeFlow)));
});
