import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { Deadlines } from '../../../src/engine/net/deadlines.js';

/** Times are the test's own. */
function begin(t: Test): (ms: number) => void {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  return (ms) => mock.timers.tick(ms);
}

t.test('a deadline fires once, not early, and at most 250 ms late', async (t) => {
  const pass = begin(t);
  const deadlines = new Deadlines();
  let fired = 0;
  const deadline = deadlines.create(() => fired++);
  pass(100);
  deadline.set(1);
  pass(1000);
  t.equal(fired, 0);
  pass(250);
  t.equal(fired, 1);
  pass(10_000);
  t.equal(fired, 1);
});

t.test('setting a deadline again moves it; 0 and clear cancel it', async (t) => {
  const pass = begin(t);
  const deadlines = new Deadlines();
  let fired = 0;
  const deadline = deadlines.create(() => fired++);
  for (let count = 0; count < 10; count++) {
    deadline.set(1);
    pass(900);
  }
  deadline.set(0);
  pass(5000);
  deadline.set(1);
  deadline.clear();
  pass(5000);
  t.equal(fired, 0);
  deadline.set(0.1);
  pass(750);
  t.equal(fired, 1);
});

t.test('the callback can be set later', async (t) => {
  const pass = begin(t);
  const deadline = new Deadlines().create();
  let fired = 0;
  deadline.set(1);
  deadline.onExpiry = () => fired++;
  pass(1500);
  t.equal(fired, 1);
});

t.test('many deadlines, of which callbacks cancel some', async (t) => {
  const pass = begin(t);
  const deadlines = new Deadlines();
  const fired: number[] = [];
  // Those of a pair cancel each other; which one is called first is not defined.
  const all = Array.from({ length: 10 }, (_, at) =>
    deadlines.create(() => {
      fired.push(at);
      all[at ^ 1]!.dispose();
    }),
  );
  for (const [at, deadline] of all.entries()) deadline.set(at < 6 ? 1 : 3);
  all[0]!.dispose();
  all[0]!.dispose();
  pass(1250);
  t.same(pairs(fired), [0, 1, 2]);
  t.ok(fired.includes(1), 'the other of this pair was cancelled before');
  all[1]!.set(1);
  pass(1250);
  t.same(fired.slice(3), [1], 'one that is set again');
  pass(1000);
  t.same(pairs(fired.slice(4)), [3, 4]);
  pass(5000);
  t.equal(fired.length, 6);
});

/** The pairs to which numbers belong, in ascending order. */
function pairs(numbers: readonly number[]): number[] {
  return numbers.map((at) => at >> 1).sort();
}

t.test('no timer runs without deadlines', async (t) => {
  const pass = begin(t);
  const deadlines = new Deadlines();
  const first = deadlines.create();
  first.dispose();
  first.dispose();
  let fired = 0;
  deadlines.create(() => fired++).set(1);
  pass(1500);
  t.equal(fired, 1, 'it runs again for the next one');
});
