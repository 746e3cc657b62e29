import t from 'tap';
import { readComparison, type Unit } from '../../../src/filters/arguments/comparison.js';
import { ExpressionCursor } from '../../../src/filters/cursor.js';
import { FilterError } from '../../../src/filters/index.js';

/** Numbers, and `tens` for 10 to 19. */
const UNIT: Unit = {
  example: 'a number',
  parse: (text) => (text === 'tens' ? [10, 19] : /^\d+$/.test(text) ? [Number(text), Number(text)] : undefined),
};
const VALUES = [9, 10, 15, 19, 20];

/** The argument, which values it passes, and what is left of the expression. */
const CASES: [text: string, passed: number[], rest: string][] = [
  ['15', [15], ''],
  ['=15', [15], ''],
  ['==15', [15], ''],
  ['>15', [19, 20], ''],
  ['>=15', [15, 19, 20], ''],
  ['<15', [9, 10], ''],
  ['<=15', [9, 10, 15], ''],
  ['10-19', [10, 15, 19], ''],
  ['tens', [10, 15, 19], ''],
  ['>tens', [20], ''],
  ['>=tens', [10, 15, 19, 20], ''],
  ['<tens', [9], ''],
  ['<=tens', [9, 10, 15, 19], ''],
  ['tens-20', [10, 15, 19, 20], ''],
  ['9-tens', [9, 10, 15, 19], ''],
  ['> 15 rest', [19, 20], ' rest'],
  ["'> 15'rest", [19, 20], 'rest'],
  ['" 15 "', [15], ''],
  ['15&x', [15], '&x'],
  ['15|x', [15], '|x'],
  ['15!x', [15], '!x'],
  ['15)', [15], ')'],
];

for (const [text, passed, rest] of CASES) {
  const cursor = new ExpressionCursor(text);
  const matches = readComparison(cursor, UNIT);
  t.same(VALUES.filter(matches), passed, text);
  t.equal(text.slice(cursor.at), rest, `rest of ${text}`);
}

for (const text of ['', ' ', '>', '>=<1', '19-10', '>1-2', '1-', '-1', '1-2-3', 'x', '""', '!1', '=']) {
  t.throws(() => readComparison(new ExpressionCursor(text), UNIT), FilterError, JSON.stringify(text));
}
