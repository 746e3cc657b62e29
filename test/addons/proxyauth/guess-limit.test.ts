import t from 'tap';
import { GuessLimit } from '../../../src/addons/proxyauth/guess-limit.js';

/** A limit whose pauses are noted; they end at once unless `hold` is set. */
function limit(options: { capacity?: number; hold?: boolean } = {}) {
  const pauses: number[] = [];
  const clock = { now: 1_000_000 };
  const ends: (() => void)[] = [];
  const pause = (ms: number): Promise<void> => {
    pauses.push(ms);
    return options.hold ? new Promise((resolve) => ends.push(resolve)) : Promise.resolve();
  };
  return { guesses: new GuessLimit({ ...options, now: () => clock.now, pause }), pauses, clock, ends };
}

const right = () => true;
const wrong = () => false;

t.test('pauses grow with wrong guesses, up to a limit', async (t) => {
  const { guesses, pauses } = limit();
  for (let count = 0; count < 8; count++) t.equal(await guesses.attempt('192.0.2.1', wrong), false);
  t.same(pauses, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  t.equal(await guesses.attempt('192.0.2.1', right), true);
  await guesses.attempt('192.0.2.1', wrong);
  t.equal(pauses.at(-1), 250, 'a right one begins anew');
});

t.test('each address has its own, one of IPv6 all of its network', async (t) => {
  const { guesses, pauses } = limit();
  const cases: [address: string, pause: number][] = [
    ['192.0.2.1', 250],
    ['192.0.2.2', 250],
    ['::ffff:192.0.2.1', 500],
    ['2001:db8::1', 250],
    ['2001:db8:0:0:5::2', 500],
    ['2001:db8:0:1::2', 250],
    ['fe80::1%eth0', 250],
    ['fe80::2%eth1', 500],
  ];
  for (const [address, pause] of cases) {
    await guesses.attempt(address, wrong);
    t.equal(pauses.at(-1), pause, address);
  }
});

t.test('forgets after a while', async (t) => {
  const { guesses, pauses, clock } = limit();
  await guesses.attempt('a', wrong);
  await guesses.attempt('a', wrong);
  clock.now += 11 * 60_000;
  await guesses.attempt('a', wrong);
  t.same(pauses, [250, 500, 250]);
});

t.test('guesses of an address wait for one another, others do not', async (t) => {
  const { guesses, ends } = limit({ hold: true });
  const looked: string[] = [];
  const look = (name: string, answer: boolean) => () => {
    looked.push(name);
    return answer;
  };
  const first = guesses.attempt('a', look('a1', false));
  const second = guesses.attempt('a', look('a2', true));
  t.equal(await guesses.attempt('b', look('b1', true)), true);
  t.same(looked, ['a1', 'b1']);
  ends[0]!();
  t.equal(await first, false);
  t.equal(await second, true);
  t.same(looked, ['a1', 'b1', 'a2']);
});

t.test('too many at once are not checked', async (t) => {
  const { guesses, ends } = limit({ hold: true });
  const waiting = Array.from({ length: 16 }, () => guesses.attempt('a', right));
  t.equal(await guesses.attempt('a', right), false);
  t.same(await Promise.all(waiting), Array(16).fill(true));
  t.equal(await guesses.attempt('a', right), true);
  t.equal(ends.length, 0);
});

t.test('a check that fails does not block those behind it', async (t) => {
  const { guesses } = limit();
  const failing = guesses.attempt('a', () => Promise.reject(new Error('no thread')));
  const next = guesses.attempt('a', right);
  await t.rejects(failing, { message: 'no thread' });
  t.equal(await next, true);
});

t.test('is bounded', async (t) => {
  const { guesses } = limit({ capacity: 10 });
  for (let count = 0; count < 100; count++) await guesses.attempt(`192.0.2.${count}`, wrong);
  t.equal(guesses.size, 10);
});
