import t from 'tap';
import { Comparison } from '../../../src/compare/results/comparison.js';
import { ServerReplayResults } from '../../../src/replay/server/results.js';

t.test('durations in reports do not follow changes of the system clock', (t) => {
  const comparison = new Comparison({ name: 'compared', failOn: new Set(), spool: undefined });
  const results = new ServerReplayResults();
  const before = Date.now();
  t.intercept(Date, 'now', { value: () => before - 24 * 60 * 60 * 1000 });
  for (const { name, started, duration } of [comparison.suite(), results.suite([], { miss: false, unused: false })]) {
    t.ok(duration >= 0, name);
    t.ok(started > before / 1000 - 60, name);
  }
  t.end();
});
