import t from 'tap';
import { makeChecks } from '../../../src/cli/checks/checks.js';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import type { OptionName } from '../../../src/cli/options/table/index.js';
import { plainHttpFlow } from '../../serialize/sample-flows.js';

const resolved = (option: OptionName, text: string) =>
  resolveOptions([{ option, text, source: 'command line', place: `--${option}` }]);

t.test('mistakes name the option and the place', async (t) => {
  const table: [option: OptionName, text: string, column: number][] = [
    ['fail_on', '~x', 1],
    ['fail_on', '~c 500 & ~x', 10],
    ['expect', '>=3 ~all', 4],
    ['expect', '>=3: ~c 5xx & ~x', 15],
    ['expect', '😀 & ~x', 5],
    ['expect', '3: (', 5],
    ['expect_latency', 'p95: ~all', 4],
    ['expect_latency', 'p95 <300ms: ~d ~x', 16],
    ['duration', '1 week', 0],
    ['max_flows', '0', 0],
  ];
  for (const [option, text, column] of table) {
    const make = async () => makeChecks(resolved(option, text), undefined);
    const message = column === 0 ? new RegExp(`^--${option}: `) : new RegExp(`^--${option}: column ${column}: `);
    await t.rejects(make, { code: 'option-value', message }, `${option} ${text}`);
  }
});

t.test('hints and titles', async (t) => {
  const { checks, hints } = await makeChecks(resolved('expect', "3: 404 & 'it'"), undefined);
  t.equal(hints.length, 1, 'a status looks different');
  t.equal(checks[0]!.conclude().name, `--expect '3: 404 & '\\''it'\\'''`);
});

t.test('a scope limits all checks', async (t) => {
  for (const [option, text] of [
    ['fail_on', '~u /a | ~u /b'],
    ['expect', '0: ~u /a | ~u /b'],
  ] as const) {
    const { checks } = await makeChecks(resolved(option, text), '~u /a | ~u /c');
    const filter = checks[0]!.filter!;
    const matches = ['/a', '/b', '/c'].map((path) => filter.evaluate(plainHttpFlow(path), 'end'));
    t.strictSame(matches, ['yes', 'no', 'no'], option);
  }
  const { checks } = await makeChecks(resolved('expect_latency', 'max <1s'), '~u /a');
  t.equal(checks[0]!.filter?.text, '~u /a');
});
