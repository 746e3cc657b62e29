import t from 'tap';
import { ConnectionOrder } from '../../../../src/replay/client/pace/connection-order.js';
import { OrderWindow } from '../../../../src/replay/client/pace/order-window.js';
import { Slots } from '../../../../src/replay/client/pace/slots.js';
import { Random } from '../../../support/random.js';
import { FakeClock, settled } from './fake-clock.js';

t.test('requests of a connection wait for those that had ended', async (t) => {
  const order = new ConnectionOrder();
  const [first, second] = [order.add('a', 1, 2), order.add('a', 1, 5)];
  order.add('a', 1, undefined);
  t.equal(first.ready, undefined);
  t.equal(second.ready, undefined);
  t.equal(order.add('a', 1.9, undefined).ready, undefined, 'it ran side by side');
  t.equal(order.add('b', 9, undefined).ready, undefined, 'another connection');
  let passed = 0;
  void order.add('a', 2, undefined).ready!.then(() => passed++);
  void order.add('a', 6, undefined).ready!.then(() => passed++);
  await settled();
  t.equal(passed, 0);
  first.end();
  first.end();
  await settled();
  t.equal(passed, 1);
  second.end();
  await settled();
  t.equal(passed, 2);
  t.equal(order.add('a', 9, undefined).ready, undefined, 'all have ended');
});

t.test('those that wait themselves stand for what they wait for', async (t) => {
  const order = new ConnectionOrder();
  const turns = (
    [
      [1, 2],
      [1, 9],
      [3, 4],
      [5, 6],
      [5, 7],
    ] as const
  ).map(([began, ended]) => order.add('a', began, ended));
  let passed = false;
  void order.add('a', 8, undefined).ready!.then(() => {
    passed = true;
  });
  for (const at of [0, 2, 3]) turns[at]!.end();
  await settled();
  t.equal(passed, false);
  turns[4]!.end();
  await settled();
  t.equal(passed, true, 'the one that ended later is not waited for');
});

t.test('slots', async (t) => {
  const slots = new Slots(2);
  t.equal(slots.acquire(), undefined);
  t.equal(slots.free, true);
  t.equal(slots.acquire(), undefined);
  t.equal(slots.free, false);
  const passed: number[] = [];
  void slots.acquire()!.then(() => passed.push(1));
  void slots.acquire()!.then(() => passed.push(2));
  slots.release();
  await settled();
  t.same(passed, [1]);
  slots.release();
  slots.release();
  await settled();
  t.same(passed, [1, 2]);
  t.equal(slots.free, true);
  t.equal(new Slots(Number.POSITIVE_INFINITY).free, true);
});

interface Windowed {
  clock: FakeClock;
  add: (began: number) => void;
  end: () => void;
  passed: number[];
  late: () => number;
  done: Promise<void>;
}

function windowOf(wait: number, limit = 1000): Windowed {
  const clock = new FakeClock();
  let late = 0;
  const window = new OrderWindow<number>({ wait, limit, clock, onLate: () => late++ });
  const passed: number[] = [];
  const done = window.run((item) => void passed.push(item));
  const add = (began: number): void => void window.add(began, began);
  return { clock, add, end: () => window.end(), passed, late: () => late, done };
}

t.test('a stream is put in order within the window', async (t) => {
  const { clock, add, end, passed, late, done } = windowOf(100);
  for (const began of [3, 1, 2]) add(began);
  await clock.advance(99);
  t.same(passed, []);
  await clock.advance(1);
  t.same(passed, [1, 2, 3], 'when the time of the first arrival is over');
  add(5);
  await clock.advance(60);
  add(4);
  add(6);
  await clock.advance(40);
  t.same(passed, [1, 2, 3, 4, 5], 'those after it wait longer');
  add(2.5);
  await settled();
  t.equal(late(), 1);
  t.same(passed.slice(5), [2.5], 'what comes late passes at once');
  await clock.advance(60);
  t.same(passed.slice(6), [6]);
  add(8);
  add(7);
  end();
  await done;
  t.same(passed.slice(7), [7, 8], 'nothing waits after the end');
});

t.test('equal starts keep their order of arrival', async (t) => {
  const clock = new FakeClock();
  const window = new OrderWindow<number>({ wait: 100, limit: 9, clock, onLate: () => t.fail('nothing is late') });
  for (const item of [1, 2, 3, 4, 5]) void window.add(item, 1);
  window.end();
  const passed: number[] = [];
  await window.run((item) => void passed.push(item));
  t.same(passed, [1, 2, 3, 4, 5]);
});

t.test('a full window passes its first, and makes the reader wait', async (t) => {
  const clock = new FakeClock();
  const window = new OrderWindow<number>({ wait: 1e9, limit: 3, clock, onLate: () => t.fail('nothing is late') });
  const passed: number[] = [];
  let go = (): void => {};
  const done = window.run((item) => {
    passed.push(item);
    return new Promise((resolve) => {
      go = resolve;
    });
  });
  t.equal(window.add(3, 3), undefined);
  t.equal(window.add(1, 1), undefined);
  const full = window.add(2, 2);
  await settled();
  t.same(passed, [1]);
  await full;
  const again = window.add(4, 4);
  let hasRoom = false;
  void again!.then(() => {
    hasRoom = true;
  });
  await settled();
  t.equal(hasRoom, false, 'until another has passed');
  go();
  await settled();
  t.equal(hasRoom, true);
  t.same(passed, [1, 2]);
  window.end();
  for (let left = 0; left < 2; left++) {
    go();
    await settled();
  }
  go();
  await done;
  t.same(passed, [1, 2, 3, 4]);
});

t.test('many, shuffled', async (t) => {
  const random = new Random(7);
  const { add, end, passed, done } = windowOf(1e9, 1e9);
  const items = Array.from({ length: 5000 }, () => random.below(1000));
  for (const item of items) add(item);
  end();
  await done;
  t.same(
    passed,
    [...items].sort((one, other) => one - other),
  );
});
