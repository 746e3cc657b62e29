import t from 'tap';
import { adaptHeapLimit, growthPercent } from '../../../src/cli/process/heap-growth.js';
import { collected } from '../../support/live-memory.js';
import { until } from '../../support/until.js';

const MIB = 1024 * 1024;

t.test('a heap may grow to 64 MiB, and a larger one as V8 decides', async (t) => {
  t.equal(growthPercent(8 * MIB), 700);
  t.equal(growthPercent(11 * MIB), 400);
  t.equal(growthPercent(33 * MIB), 0);
  t.equal(growthPercent(500 * MIB), 0);
  for (let used = MIB; used < 600 * MIB; used += MIB) {
    const percent = growthPercent(used);
    t.ok(percent === 0 || used * (1 + percent / 100) <= 64 * MIB, `${used / MIB} MiB`);
  }
});

t.test('the limit is set after a major collection, and again when more is in use', async (t) => {
  const flags: string[] = [];
  await adaptHeapLimit((flag) => flags.push(flag));
  await collected();
  await until(() => flags.length > 0, 'the limit');
  t.match(flags[0], /^--heap-growing-percent=[1-9]00$/);
  const inUse = Array.from({ length: 2e6 }, (_, at) => ({ at }));
  await collected();
  await until(() => flags.at(-1) === '--heap-growing-percent=0', 'the limit of V8');
  t.equal(inUse.length, 2e6);
});
