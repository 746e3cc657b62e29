import t from 'tap';
import { Tally } from '../../../src/addons/statistics/tally.js';
import { Random } from '../../support/random.js';

t.test('counts by name', async (t) => {
  const tally = new Tally();
  tally.add('b', 10);
  tally.add('a', 1, true);
  tally.add('a', 2);
  tally.add('c');
  t.same(tally.report(), {
    names: [
      { name: 'a', count: 2, bytes: 3, errors: 1, missed: 0 },
      { name: 'b', count: 1, bytes: 10, errors: 0, missed: 0 },
      { name: 'c', count: 1, bytes: 0, errors: 0, missed: 0 },
    ],
    others: { count: 0, bytes: 0, errors: 0 },
  });
});

t.test('more names than it may keep', async (t) => {
  const random = new Random(7);
  const tally = new Tally(100);
  const truth = new Map<string, number>();
  let bytes = 0;
  let errors = 0;
  const total = 50_000;
  for (let at = 0; at < total; at++) {
    // Ten names have a thirtieth of all each, the others come once or a few times.
    const name = random.below(3) === 0 ? `often${random.below(10)}` : `rare${random.below(20_000)}`;
    truth.set(name, (truth.get(name) ?? 0) + 1);
    const size = random.below(100);
    const failed = random.below(5) === 0;
    bytes += size;
    if (failed) errors++;
    tally.add(name, size, failed);
  }
  const { names, others } = tally.report();
  t.ok(names.length <= 100, 'few are kept');
  const sum = (key: 'count' | 'bytes' | 'errors') => names.reduce((all, entry) => all + entry[key], others[key]);
  t.same([sum('count'), sum('bytes'), sum('errors')], [total, bytes, errors], 'together the numbers are exact');
  for (const { name, count, missed } of names) {
    const real = truth.get(name)!;
    if (count > real || real > count + missed) t.fail(`${name}: ${count} to ${count + missed}, really ${real}`);
  }
  const found = names.map(({ name }) => name);
  for (let at = 0; at < 10; at++) t.ok(found.includes(`often${at}`), `the frequent are there: ${at}`);
});

t.test('names come from strangers', async (t) => {
  const tally = new Tally(4);
  for (const name of ['', '__proto__', 'constructor', '\ud800', 'x'.repeat(100_000)]) {
    tally.add(name);
    tally.add(name);
  }
  const { names, others } = tally.report();
  t.same(
    names.map(({ name, count }) => [name.length, count]),
    [
      [11, 2],
      [256, 2],
      [1, 2],
    ],
  );
  t.equal(others.count, 4);
});
