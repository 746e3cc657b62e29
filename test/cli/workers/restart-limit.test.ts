import t from 'tap';
import { RestartLimit } from '../../../src/cli/workers/parent/restart-limit.js';

t.test('first at once, then later and later, then never', async (t) => {
  let now = 0;
  const limit = new RestartLimit(() => now);
  const waits = Array.from({ length: 21 }, () => limit.next());
  t.same(waits.slice(0, 5), [0, 0, 0, 500, 1000]);
  t.equal(Math.max(...waits.filter((wait) => wait !== undefined)), 5000);
  t.equal(waits.at(-1), undefined);
  now = 60_001;
  t.equal(limit.next(), 0, 'after a minute they are forgotten');
});
