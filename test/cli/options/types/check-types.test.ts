import t from 'tap';
import { reportFile } from '../../../../src/cli/options/types/report-file.js';
import { duration, time } from '../../../../src/cli/options/types/time.js';
import type { OptionType } from '../../../../src/cli/options/types/types.js';

const GOOD: [OptionType<unknown>, string, unknown][] = [
  [duration, '90', 90],
  [duration, '0.5', 0.5],
  [duration, '500ms', 0.5],
  [duration, '10s', 10],
  [duration, '5M', 300],
  [duration, '1h30m', 5400],
  [duration, '1.5h', 5400],
  [duration, '1d2h3m4s500ms', 93_784.5],
  [reportFile, 'json=x', { format: 'json', path: 'x' }],
  [reportFile, 'JUnit=a=b.xml', { format: 'junit', path: 'a=b.xml' }],
  [reportFile, 'md=-', { format: 'md', path: '-' }],
  [time, '2023-11-14T22:13:20Z', 1_700_000_000],
  [time, '2023-11-14 22:13:20.250Z', 1_700_000_000.25],
  [time, '1700000000.5', 1_700_000_000.5],
];
const BAD: [OptionType<unknown>, string][] = [
  ...['', '0', '-1', '1x', '1h30', 'h', '1 h', '25d', '0ms', '1e3', '1..5s'].map((text) => [duration, text] as const),
  ...['', 'json', 'json=', '=x', 'xml=x', 'jsn=x'].map((text) => [reportFile, text] as const),
  ...['', 'now', '2023-13-01', '2023-02-30', '25:00', '5'].map((text) => [time, text] as const),
] as [OptionType<unknown>, string][];

for (const [type, text, value] of GOOD) {
  t.strictSame(type.parse(text), value, text);
  t.strictSame(type.parse(type.show(value)), value, `${text} is shown as it can be read`);
}
for (const [type, text] of BAD) t.throws(() => type.parse(text), { name: 'OptionValueError' }, `${type.name} ${text}`);
t.ok(Math.abs((time.parse('2h') as number) - (Date.now() / 1000 - 7200)) < 60);
t.throws(() => reportFile.parse('jsn=x'), { message: /did you mean json/ });
