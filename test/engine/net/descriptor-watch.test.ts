import t from 'tap';
import { DescriptorWatch } from '../../../src/engine/net/descriptor-watch.js';

t.test('connections leave descriptors for files, and a lack is logged once a minute', async (t) => {
  const logged: string[] = [];
  let lowestFree = 0;
  let now = 0;
  const watch = new DescriptorWatch(
    { error: (message) => logged.push(message) },
    1024,
    () => lowestFree,
    () => now,
  );
  lowestFree = 1007;
  t.ok(watch.admits());
  lowestFree = 1008;
  for (let count = 0; count < 4; count++) t.ok(watch.admits(), 'a few of the reserve, without a look');
  t.same(logged, []);
  for (lowestFree = 1008; lowestFree < 1024; lowestFree++) t.notOk(watch.admits(), `${lowestFree}`);
  lowestFree = Number.POSITIVE_INFINITY;
  t.notOk(watch.admits(), 'none is left');
  watch.refused(Object.assign(new Error('accept'), { code: 'EMFILE' }));
  t.equal(logged.length, 1);
  t.match(logged[0], /^Too many open files: .* ulimit -n\.$/);
  now = 61_000;
  watch.refused(Object.assign(new Error('accept'), { code: 'EMFILE' }));
  t.same(logged.slice(1), ['Cannot accept connections: too many open files.']);
  lowestFree = 20;
  t.ok(watch.admits(), 'again, once connections have ended');
});

t.test('where the limit is low or unknown', async (t) => {
  for (const [limit, last] of [
    [64, 55],
    [Number.POSITIVE_INFINITY, 1_000_000],
  ] as const) {
    let lowestFree: number = last;
    const watch = new DescriptorWatch({ error: () => {} }, limit, () => lowestFree);
    t.ok(watch.admits(), `${limit}`);
    lowestFree = limit === 64 ? last + 1 : Number.POSITIVE_INFINITY;
    while (watch.admits()) t.pass('without a look');
    t.notOk(watch.admits(), `${limit}`);
  }
  t.ok(new DescriptorWatch({ error: (message) => t.fail(message) }).admits(), 'this process');
});
