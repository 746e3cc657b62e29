import t from 'tap';
import { type Pacer, RatePacer, RecordedPacer, untilDue } from '../../../../src/replay/client/pace/pacer.js';
import { Random } from '../../../support/random.js';
import { FakeClock } from './fake-clock.js';

/** Sends requests as the pacer says. @returns milliseconds since the first one */
async function send(
  pacer: Pacer,
  clock: FakeClock,
  began: readonly number[],
  busy = new Map<number, number>(),
): Promise<number[]> {
  const sent: number[] = [];
  const start = clock.now();
  const sending = (async () => {
    for (const [at, each] of began.entries()) {
      clock.stall(busy.get(at) ?? 0);
      await untilDue(pacer, pacer.due(each), clock);
      sent.push(clock.now() - start);
    }
  })();
  await clock.advance(60_000);
  await sending;
  return sent;
}

const equal = (count: number): number[] => Array.from({ length: count }, () => 0);

t.test('a rate', async (t) => {
  const clock = new FakeClock();
  t.same(await send(new RatePacer(100, clock), clock, equal(4)), [0, 10, 20, 30]);
});

t.test('a rate above the precision of timers is exact on average', async (t) => {
  const clock = new FakeClock();
  const sent = await send(new RatePacer(5000, clock), clock, equal(10_000));
  t.ok(Math.abs(sent.at(-1)! - 9999 / 5) <= 1, `${sent.at(-1)}`);
  t.ok(most(sent, 10) <= 100, `${most(sent, 10)} in 10 ms`);
});

for (const rate of [100, 200, 500, 2000, 5000]) {
  t.test(`a rate of ${rate}/s is caught up with without a burst`, async (t) => {
    const clock = new FakeClock();
    const sent = await send(new RatePacer(rate, clock), clock, equal(rate * 2), new Map([[rate / 2, 100]]));
    t.ok(most(sent, 10) <= (2 * rate) / 100, `${most(sent, 10)} in 10 ms`);
    t.ok(Math.abs(sent.at(-1)! - ((rate * 2 - 1) * 1000) / rate) <= 1, `caught up at the end: ${sent.at(-1)}`);
  });
}

for (const rate of [50, 100, 200, 500, 2000, 5000]) {
  t.test(`a rate of ${rate}/s is kept with timers that are late`, async (t) => {
    const random = new Random(rate);
    const clock = new FakeClock(() => random.below(12));
    const sent = await send(new RatePacer(rate, clock), clock, equal(rate * 5));
    t.ok(most(sent, 10) <= Math.max(2, (2 * rate) / 100), `${most(sent, 10)} in 10 ms`);
    const late = sent.at(-1)! - ((rate * 5 - 1) * 1000) / rate;
    t.ok(late < 40, `late by ${late} ms in the end`);
  });
}

const RECORDED: [name: string, speed: number, began: number[], expected: number[]][] = [
  ['recorded intervals', 1, [50, 50.25, 50.25, 52], [0, 250, 250, 2000]],
  ['twice as fast', 2, [50, 50.25, 50.25, 52], [0, 125, 125, 1000]],
  ['half as fast', 0.5, [50, 50.25, 51], [0, 500, 2000]],
  ['out of order', 1, [50, 51, 50.5, 52], [0, 1000, 1000, 2000]],
];

for (const [name, speed, began, expected] of RECORDED) {
  t.test(name, async (t) => {
    const clock = new FakeClock();
    t.same(await send(new RecordedPacer(speed, clock), clock, began), expected);
  });
}

t.test('a burst stays one after a delay', async (t) => {
  const clock = new FakeClock();
  const sent = await send(new RecordedPacer(1, clock), clock, [1, 1.5, 1.5, 1.5], new Map([[1, 700]]));
  t.same(sent, [0, 700, 700, 700]);
});

t.test('rounds follow at the average distance', async (t) => {
  const clock = new FakeClock();
  const pacer = new RecordedPacer(1, clock);
  pacer.nextRound();
  const start = clock.now();
  const due = [7, 8, 9].map((began) => pacer.due(began) - start);
  pacer.nextRound();
  due.push(...[7, 8, 9].map((began) => pacer.due(began) - start));
  pacer.nextRound();
  due.push(pacer.due(7) - start);
  t.same(due, [0, 1000, 2000, 3000, 4000, 5000, 6000]);
});

/** The greatest number of moments in an interval of so many milliseconds. */
function most(moments: readonly number[], interval: number): number {
  let first = 0;
  let found = 0;
  for (const [at, moment] of moments.entries()) {
    while (moments[first]! <= moment - interval) first++;
    found = Math.max(found, at - first + 1);
  }
  return found;
}
