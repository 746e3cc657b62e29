import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  freeRotatedPath,
  rotatedName,
  STAMP_PATTERN,
  splitName,
  timeOfStamp,
} from '../../../../src/serialize/output/rotation/rotated-name.js';

const TIME = Date.UTC(2026, 10, 25, 10, 11, 12, 345);

for (const [name, stem, ending] of [
  ['flows.bin', 'flows', '.bin'],
  ['flows', 'flows', ''],
  ['.flows', '.flows', ''],
  ['a.b.har', 'a.b', '.har'],
  ['flows.har.gz', 'flows', '.har.gz'],
  ['flows.jsonl.ZST', 'flows', '.jsonl.ZST'],
  ['flows.gz', 'flows', '.gz'],
] as const) {
  t.same(splitName(name), [stem, ending], name);
  const rotated = rotatedName(name, TIME);
  t.equal(rotated, `${stem}.20261125T101112.345Z${ending}`);
  t.equal(timeOfStamp(new RegExp(STAMP_PATTERN).exec(rotated)![1]!), TIME);
}

t.test('names are unique and sort in the order in which they are given', async (t) => {
  const path = join(t.testdir({}), 'flows.bin');
  const [first, time] = await freeRotatedPath(path, TIME);
  t.ok(time >= Date.now() - 60_000, 'the time is now');
  const future = Date.now() + 1_000_000;
  const [second, next] = await freeRotatedPath(path, future);
  t.equal(next, future + 1, 'or after the last one');
  writeFileSync(second, '');
  const [third] = await freeRotatedPath(path, future);
  t.same([first, second, third].sort(), [first, second, third]);
  t.not(second, third);
});
