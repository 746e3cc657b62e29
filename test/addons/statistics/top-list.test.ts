import t from 'tap';
import { TopList } from '../../../src/addons/statistics/http-counts.js';

const CASES: [values: number[], items: string][] = [
  [[], ''],
  [[1], '1a'],
  [[1, 3, 2], '3b 2c 1a'],
  [[1, 2, 3, 4, 5], '5e 4d 3c'],
  [[5, 4, 3, 2, 1], '5a 4b 3c'],
  [[1, 1, 1, 1, 2], '2e 1a 1b'],
];
for (const [values, items] of CASES) {
  const list = new TopList<string>(3);
  let made = 0;
  for (const [at, value] of values.entries()) {
    list.add(value, () => {
      made++;
      return value + 'abcde'[at]!;
    });
  }
  t.equal(list.items.join(' '), items);
  t.ok(made <= values.length);
}

const list = new TopList<number>(1);
list.add(2, () => 2);
list.add(1, () => t.fail('made for nothing') as never);
list.add(2, () => t.fail('made for nothing') as never);
