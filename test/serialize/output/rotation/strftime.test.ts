import { spawnSync } from 'node:child_process';
import t from 'tap';
import { hasDirectives, strftime, strftimePattern } from '../../../../src/serialize/output/rotation/strftime.js';
import { needs } from '../../../e2e/support/command.js';

const ALL = '%Y %C %y %m %d %H %I %M %S %j %U %W %G %V %u %w %a %A %b %h %B %p %F %T %R %% %-d %-H %-j %-m';

t.test('as date(1) formats it', needs('date'), async (t) => {
  // Around new year in all its positions in the week, changes of the clock, leap days, noon and midnight.
  const times = [];
  for (let year = 2018; year < 2032; year++) {
    for (const day of [-3, -2, -1, 0, 1, 2, 3, 4, 5, 59, 86, 300])
      times.push(new Date(year, 0, 1 + day, day % 24, 5, 9));
  }
  times.push(new Date(2026, 2, 29, 12), new Date(2026, 9, 25, 0), new Date(1970, 0, 1), new Date(2999, 11, 31, 23, 59));
  const seconds = times.map((time) => `@${time.getTime() / 1000}`).join('\n');
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout } = spawnSync('date', ['-f', '-', `+${ALL} %s`], { input: seconds, env });
  const expected = String(stdout).trimEnd().split('\n');
  t.same(
    times.map((time) => strftime(`${ALL} %s`, time)),
    expected,
  );
});

const TIME = new Date(2026, 10, 5, 9, 8, 7);
const CASES: [pattern: string, text: string, changes: boolean][] = [
  ['flows-%Y-%m-%d.bin', 'flows-2026-11-05.bin', true],
  ['%Y/%b/%-d %H%M%S', '2026/Nov/5 090807', true],
  ['%F.%T', '2026-11-05.09:08:07', true],
  ['flows.bin', 'flows.bin', false],
  ['100%.bin', '100%.bin', false],
  ['100%%d', '100%d', false],
  ['%q %Q %-q %-', '%q %Q %-q %-', false],
  ['%', '%', false],
  ['%%%d', '%05', true],
  ['%-F', '%-F', false],
];

for (const [pattern, text, changes] of CASES) {
  t.equal(strftime(pattern, TIME), text, pattern);
  t.equal(hasDirectives(pattern), changes, `${pattern} ${changes ? 'changes' : 'is always the same'}`);
  t.match(text, new RegExp(`^${strftimePattern(pattern)}$`), `${pattern} is recognised`);
}

t.test('names that a pattern does not match', async (t) => {
  const cases: [pattern: string, text: string][] = [
    ['%Y', '26'],
    ['%b', 'nov'],
    ['%b', 'xyz'],
    ['a.%d', 'ab05'],
    ['a+%d', 'aa05'],
    ['%-d', 'x'],
    ['%A', 'Fri'],
  ];
  for (const [pattern, text] of cases)
    t.notMatch(text, new RegExp(`^${strftimePattern(pattern)}$`), `${pattern} ${text}`);
});
