import { createHash } from 'node:crypto';
import t from 'tap';
import { Distinct } from '../../../src/addons/statistics/distinct.js';

/** Looks like the id of a connection. */
const idOf = (number: number): string => createHash('md5').update(String(number)).digest('hex');

for (const count of [0, 1, 2, 5000, 8192]) {
  t.test(`${count} are counted exactly`, async (t) => {
    const distinct = new Distinct();
    for (let round = 0; round < 3; round++) for (let at = 0; at < count; at++) distinct.add(idOf(at));
    t.same([distinct.count, distinct.exact], [count, true]);
  });
}

for (const count of [8193, 30_000, 300_000]) {
  t.test(`${count} are estimated`, async (t) => {
    const distinct = new Distinct();
    for (let at = 0; at < count; at++) {
      distinct.add(idOf(at));
      distinct.add(idOf(at % 7));
    }
    t.equal(distinct.exact, false);
    t.ok(Math.abs(distinct.count / count - 1) < 0.06, `${distinct.count} is within four standard errors`);
  });
}

t.test('short texts that differ little', async (t) => {
  const distinct = new Distinct();
  for (let at = 0; at < 100_000; at++) distinct.add(`c${at}`);
  t.ok(Math.abs(distinct.count / 100_000 - 1) < 0.06, String(distinct.count));
});

t.test('texts with the same beginning, in turn', async (t) => {
  const distinct = new Distinct();
  for (let round = 0; round < 3; round++) for (let at = 0; at < 100; at++) distinct.add(`same beginning ${at}`);
  t.equal(distinct.count, 100);
});
