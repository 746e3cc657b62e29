import t from 'tap';
import { Quantiles } from '../../../src/addons/statistics/quantiles.js';
import { Random } from '../../support/random.js';

const PARTS = [0, 0.001, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

/** The smallest value that this part of all values does not exceed. */
function nearestRank(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
}

const DISTRIBUTIONS: [name: string, value: (random: Random) => number][] = [
  ['uniform', (random) => random.below(1_000_000) / 1e6],
  ['from microseconds to days', (random) => 10 ** (random.below(11_000) / 1000 - 5)],
  ['two humps', (random) => (random.below(10) === 0 ? 30 : 0.01) + random.below(1000) / 1e6],
  ['all the same', () => 0.25],
  ['zeros', (random) => (random.below(2) === 0 ? 0 : 1)],
];

for (const [name, next] of DISTRIBUTIONS) {
  for (const count of [1, 2, 100, 10_000, 10_001, 60_000]) {
    t.test(`${name}, ${count} values`, async (t) => {
      const random = new Random(count);
      const quantiles = new Quantiles();
      const values = Array.from({ length: count }, () => next(random));
      for (const value of values) quantiles.add(value);
      values.sort((a, b) => a - b);
      t.equal(quantiles.count, count);
      t.equal(quantiles.max, values.at(-1), 'the greatest is exact');
      t.equal(quantiles.relativeError, count > 10_000 ? 0.005 : 0);
      for (const part of PARTS) {
        const expected = nearestRank(values, part);
        const off = Math.abs(quantiles.at(part) - expected);
        // What a float cannot do better is no fault of the buckets.
        t.ok(off <= expected * quantiles.relativeError * (1 + 1e-9), `${part}: ${quantiles.at(part)} is ${expected}`);
      }
    });
  }
}

t.test('no values, and odd ones', async (t) => {
  const none = new Quantiles();
  t.same([none.count, none.max, none.at(0.5), none.at(1)], [0, 0, 0, 0]);
  const odd = new Quantiles();
  for (let at = 0; at < 20_000; at++) odd.add(at % 2 === 0 ? 1e-9 : 1e300);
  t.equal(odd.at(0.5), 0, 'less than a microsecond is nothing');
  t.ok(Number.isFinite(odd.at(0.99)));
  t.equal(odd.max, 1e300);
});
