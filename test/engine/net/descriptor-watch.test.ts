import t from 'tap';
import { DescriptorWatch } from '../../../src/engine/net/descriptor-watch.js';

t.test('running out of file descriptors is logged once a minute', async (t) => {
  const logged: string[] = [];
  let left = true;
  let now = 0;
  const watch = new DescriptorWatch(
    { error: (message) => logged.push(message) },
    () => left,
    () => now,
  );
  watch.check();
  t.same(logged, []);
  left = false;
  for (let client = 0; client < 100; client++) watch.check();
  watch.refused(Object.assign(new Error('accept'), { code: 'EMFILE' }));
  t.equal(logged.length, 1);
  t.match(logged[0], /^Too many open files: .* ulimit -n\.$/);
  now = 61_000;
  watch.refused(Object.assign(new Error('accept'), { code: 'EMFILE' }));
  t.same(logged.slice(1), ['Cannot accept connections: too many open files.']);
});
