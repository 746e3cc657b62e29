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

t.test('files that leave low descriptors to connections get all of the reserve', async (t) => {
  const taken = new Set<number>();
  const lowestFree = (): number => {
    let descriptor = 0;
    while (taken.has(descriptor)) descriptor++;
    return descriptor;
  };
  const take = (): number => {
    const descriptor = lowestFree();
    taken.add(descriptor);
    return descriptor;
  };
  const watch = new DescriptorWatch({ error: () => {} }, 128, lowestFree);
  let file = take();
  for (let rotation = 0; rotation < 100; rotation++) {
    taken.delete(file);
    for (let client = 0; client < 10; client++) {
      const connection = take();
      if (!watch.admits()) taken.delete(connection);
    }
    file = take();
  }
  t.equal(taken.size, 112, 'connections, and one file');
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
    t.notOk(watch.admits(), `${limit}`);
  }
  t.ok(new DescriptorWatch({ error: (message) => t.fail(message) }).admits(), 'this process');
});
