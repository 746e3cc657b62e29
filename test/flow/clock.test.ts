import t from 'tap';
import { Clock } from '../../src/flow/clock.js';

t.test('times are seconds of the wall clock, and never go back', async (t) => {
  const before = Date.now() / 1000;
  const clock = new Clock();
  t.ok(clock.start >= before && clock.start <= Date.now() / 1000);
  let last = clock.start;
  for (let count = 0; count < 1000; count++) {
    const now = clock.now();
    if (now < last - 0.000001) t.fail(`${now} after ${last}`);
    last = now;
  }
  t.equal(Math.round(last * 1e6) / 1e6, last, 'to the microsecond');
});

t.test('setting the system clock does not change durations', async (t) => {
  const clock = new Clock();
  const before = clock.now();
  const real = Date.now;
  t.teardown(() => {
    Date.now = real;
  });
  Date.now = () => real() + 3_600_000;
  t.ok(clock.now() - before < 3000);
});
