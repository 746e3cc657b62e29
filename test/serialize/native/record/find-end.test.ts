import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FileInput } from '../../../../src/serialize/input/input-file.js';
import { findRecordsEnd } from '../../../../src/serialize/native/record/find-end.js';
import { flipped, prefixes } from '../../../support/cuts.js';
import { readAll, toBytes } from '../../flows.js';
import { plainHttpFlow, sampleFlows } from '../../sample-flows.js';
import { splitRecords } from '../records.js';

const path = join(t.testdir({}), 'flows');

async function endOf(bytes: Buffer): Promise<number | undefined> {
  writeFileSync(path, bytes);
  const file = await FileInput.open(path);
  try {
    return (await findRecordsEnd(file))?.offset;
  } finally {
    await file.close();
  }
}

t.test('of each beginning of a file', async (t) => {
  const bytes = await toBytes([plainHttpFlow('/1'), plainHttpFlow('/2', '')]);
  const ends = [...splitRecords(bytes).map(({ offset }) => offset), bytes.length];
  t.equal(await endOf(bytes), bytes.length);
  for (const prefix of prefixes(bytes)) {
    const whole = ends.findLast((one) => one <= prefix.length) ?? 0;
    if (prefix.length > 0 && (await endOf(prefix)) !== whole) t.fail(`${prefix.length} bytes`);
  }
});

t.test('of files with all kinds of flows and large bodies', async (t) => {
  const large = plainHttpFlow('/large', 'x'.repeat(3_000_000));
  const bytes = await toBytes([...sampleFlows(), large, plainHttpFlow()]);
  t.equal(await endOf(bytes), bytes.length);
  t.equal(await endOf(bytes.subarray(0, bytes.length - 1)), splitRecords(bytes).at(-1)!.offset);
});

t.test('damage with a record behind it is left alone', async (t) => {
  const [one, two] = await Promise.all([toBytes([plainHttpFlow('/1')]), toBytes([plainHttpFlow('/2')])]);
  const rubbish = Buffer.alloc(100_000, 'rubbish TSF1 ');
  const end = one.length + rubbish.length + two.length;
  t.equal(await endOf(Buffer.concat([one, rubbish, two])), end);
  t.equal(await endOf(Buffer.concat([one, rubbish, two, rubbish])), end, 'rubbish at the end is cut off');
  t.equal(await endOf(Buffer.concat([rubbish, two, two.subarray(0, 40)])), rubbish.length + two.length);
  t.equal(await endOf(Buffer.concat([one, Buffer.alloc(5000)])), one.length, 'as are zeros');
});

t.test('a record that another one was appended to in the middle', async (t) => {
  const torn = await toBytes([plainHttpFlow('/1', 'x'.repeat(1000))]);
  const other = await toBytes([plainHttpFlow('/2', 'y'.repeat(2000))]);
  for (const missing of [500, 1000, 1001, torn.length - 20]) {
    const bytes = Buffer.concat([torn.subarray(0, torn.length - missing), other]);
    t.equal(await endOf(bytes), bytes.length, `${missing} bytes are missing`);
  }
});

t.test('a flipped byte costs no record that can be read', async (t) => {
  const bytes = await toBytes([plainHttpFlow('/1', 'a'), plainHttpFlow('/2', 'b')]);
  for (const damaged of flipped(bytes, [0xff])) {
    const end = await endOf(damaged);
    const before = (await readAll([damaged])).flows.length;
    const after = end === undefined ? 0 : (await readAll([damaged.subarray(0, end)])).flows.length;
    if (before !== after) t.fail(`${before} flows, of which ${after} are left`);
  }
});

t.test('nothing that can be read', async (t) => {
  t.equal(await endOf(Buffer.from(`TSF1${'\x00'.repeat(100)}`)), undefined);
  const bytes = await toBytes([plainHttpFlow('/1')]);
  bytes[28] = bytes[28]! ^ 1;
  t.equal(await endOf(Buffer.concat([bytes, Buffer.alloc(100)])), undefined);
});
