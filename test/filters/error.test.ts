import t from 'tap';
import { FilterError } from '../../src/filters/index.js';

/** Expression, column, and the two lines that show it. */
const CASES: [expression: string, column: number, shown: string][] = [
  ['~qq', 1, '  ~qq\n  ^'],
  ['a ~qq', 3, '  a ~qq\n    ^'],
  ['a', 2, '  a\n   ^'],
  ['', 1, '  \n  ^'],
  ['😀 b', 3, '  😀 b\n    ^'],
  ['a\nb c\nd', 5, '  b c\n    ^'],
  ['a\t\u001b[31mb', 3, '  a  [31mb\n    ^'],
];

for (const [expression, column, shown] of CASES) {
  const error = new FilterError(expression, column, 'something is wrong', 'something else');
  t.equal(
    error.message,
    `Invalid filter expression, column ${column}: something is wrong; expected something else\n${shown}`,
  );
  t.match(error, { name: 'FilterError', text: expression, column, expected: 'something else' });
}
