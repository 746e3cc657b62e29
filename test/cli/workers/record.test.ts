import t from 'tap';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import type { OptionName } from '../../../src/cli/options/table/index.js';
import { workerCount } from '../../../src/cli/workers/record.js';

/** The number of workers for settings of the command line. */
function count(settings: Partial<Record<OptionName, string>>): number {
  return workerCount(
    resolveOptions(
      Object.entries(settings).map(([option, text]) => ({
        option: option as OptionName,
        text,
        source: 'command line' as const,
        place: `--${option}`,
      })),
    ),
  );
}

const ALONE: readonly Partial<Record<OptionName, string>>[] = [
  { server_replay: 'a.bin' },
  { client_replay: 'a.bin' },
  { rfile: 'a.bin' },
  { offline: 'true' },
  { stickycookie: '~all' },
  { stickyauth: '~all' },
];

t.test('the number that was asked for', async (t) => {
  t.equal(count({}), 1, 'the default');
  t.equal(count({ workers: '3' }), 3);
  t.ok(count({ workers: 'auto' }) >= 1);
});

for (const settings of ALONE) {
  const [name] = Object.keys(settings);
  t.test(`${name} works in one process only`, async (t) => {
    t.equal(count({ ...settings, workers: 'auto' }), 1);
    t.equal(count({ ...settings, workers: '1' }), 1);
    t.throws(() => count({ ...settings, workers: '2' }), { code: 'option-conflict', message: new RegExp(name!) });
  });
}

t.test('bad values', async (t) => {
  for (const workers of ['0', '65', 'many', '-1']) t.throws(() => count({ workers }), { code: 'option-value' });
});
