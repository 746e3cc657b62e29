import t from 'tap';
import { pointAt } from '../../../src/flow/text/parse-error.js';

const [before, after] = ['b'.repeat(200), 'a'.repeat(200)];
const CASES: [what: string, text: string, column: number, shown: string[]][] = [
  ['a short line', 'a b', 3, ['a b', '  ^']],
  ['one line of several', 'a\nbcd\ne', 4, ['bcd', ' ^']],
  ['the end of a long line', before, 201, [`…${'b'.repeat(60)}`, `${' '.repeat(61)}^`]],
  ['the start of a long line', `x${after}`, 1, [`x${'a'.repeat(59)}…`, '^']],
  [
    'the middle of a long line',
    `${before}x${after}`,
    201,
    [`…${'b'.repeat(60)}x${'a'.repeat(59)}…`, `${' '.repeat(61)}^`],
  ],
];

for (const [what, text, column, shown] of CASES) {
  t.same(
    pointAt(text, column).split('\n'),
    shown.map((line) => `  ${line}`),
    what,
  );
}
