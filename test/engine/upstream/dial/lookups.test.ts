import type { LookupFunction } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { Lookups } from '../../../../src/engine/upstream/dial/lookups.js';

interface Scene {
  lookups: Lookups;
  /** Look-ups that were begun, in order. */
  begun: string[];
  /** Answers the oldest one for a host. */
  answer(host: string, error?: Error): void;
  /** What came of each look-up that was asked for. */
  answers: string[];
  ask(host: string, options?: object, isWanted?: () => boolean): void;
}

function scene(limit: number, ttl = 0): Scene {
  const begun: string[] = [];
  const open = new Map<string, Parameters<LookupFunction>[2]>();
  const answers: string[] = [];
  const lookups = new Lookups(
    (host, _options, callback) => {
      begun.push(host);
      open.set(host, callback);
    },
    limit,
    ttl,
  );
  const ask: Scene['ask'] = (host, options = { all: true }, isWanted = () => true) =>
    lookups.for(isWanted)(host, options, (error, addresses) =>
      answers.push(`${host} ${error?.message ?? JSON.stringify(addresses)}`),
    );
  const answer: Scene['answer'] = (host, error) =>
    open.get(host)!(error as NodeJS.ErrnoException, [{ address: `1.1.1.${begun.length}`, family: 4 }]);
  return { lookups, begun, answer, answers, ask };
}

t.test('those of the same name that are pending are one', async (t) => {
  const { begun, ask, answer, answers } = scene(10);
  for (let count = 0; count < 3; count++) ask('a');
  ask('a', { family: 4 });
  ask('b');
  t.same(begun, ['a', 'a', 'b'], 'by name and options');
  answer('b', new Error('not found'));
  t.same(answers, ['b not found']);
  ask('b');
  t.same(begun, ['a', 'a', 'b', 'b'], 'no answer is kept');
});

t.test('each of them is answered', async (t) => {
  const { ask, answer, answers } = scene(10);
  for (let count = 0; count < 3; count++) ask('a');
  answer('a');
  t.equal(answers.length, 3);
  t.equal(new Set(answers).size, 1);
});

t.test('more than the limit wait for their turn, in order', async (t) => {
  const { begun, ask, answer } = scene(2);
  for (const host of ['a', 'b', 'c', 'd', 'c']) ask(host);
  t.same(begun, ['a', 'b']);
  answer('b');
  t.same(begun, ['a', 'b', 'c']);
  answer('a');
  t.same(begun, ['a', 'b', 'c', 'd']);
});

t.test('a lookup that was given up before its turn is left out', async (t) => {
  const { begun, ask, answer, answers } = scene(1);
  let wanted = true;
  ask('a');
  ask('b', undefined, () => wanted);
  ask('c', undefined, () => wanted);
  ask('c');
  ask('d');
  wanted = false;
  answer('a');
  t.same(begun, ['a', 'c']);
  answer('c');
  t.same(begun, ['a', 'c', 'd']);
  t.equal(answers.filter((line) => line.startsWith('b')).length, 0);
  ask('b');
  answer('d');
  t.same(begun, ['a', 'c', 'd', 'b'], 'and is begun anew when it is asked for again');
});

t.test('addresses are remembered for a while', async (t) => {
  const { begun, ask, answer, answers, lookups } = scene(10, 60);
  ask('a');
  answer('a');
  ask('a');
  t.equal(answers.length, 1, 'a remembered answer comes later, as any other');
  await turn();
  t.equal(answers.length, 2);
  t.equal(new Set(answers).size, 1);
  ask('a', { family: 4 });
  t.same(begun, ['a', 'a'], 'by name and options');
  ask('b');
  answer('b', new Error('not found'));
  ask('b');
  t.same(begun, ['a', 'a', 'b', 'b'], 'failures are not');
  lookups.forget('a');
  ask('a');
  t.same(begun, ['a', 'a', 'b', 'b', 'a'], 'until they turn out to be wrong');
});

t.test('they expire', async (t) => {
  const { begun, ask, answer } = scene(10, 0.001);
  ask('a');
  answer('a');
  const end = performance.now() + 2;
  while (performance.now() < end);
  ask('a');
  t.same(begun, ['a', 'a']);
});

t.test('the number of names is bounded', async (t) => {
  const { begun, ask, answer } = scene(10, 60);
  for (let at = 0; at <= 500; at++) {
    ask(`host${at}`);
    answer(`host${at}`);
  }
  begun.length = 0;
  ask('host500');
  ask('host0');
  t.same(begun, ['host0']);
});

t.test('a look-up knows whether its addresses were remembered', async (t) => {
  const { lookups, ask, answer } = scene(10, 60);
  let remembered = 0;
  const look = () =>
    lookups.for(
      () => true,
      () => remembered++,
    )('a', { all: true }, () => {});
  look();
  t.equal(remembered, 0);
  answer('a');
  look();
  t.equal(remembered, 1);
  ask('a');
});
