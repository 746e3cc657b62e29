import t from 'tap';
import { readJsonTest } from '../../../src/filters/arguments/json.js';
import { ExpressionCursor } from '../../../src/filters/cursor.js';

const SETTINGS = { caseSensitive: false, now: 0, json: () => undefined };
const JSON_VALUE = {
  number: 7,
  text: 'Seven',
  digits: '7',
  yes: true,
  none: null,
  list: [1, 2],
  date: '2024-05-31',
  'a=b': 1,
};

/** Arguments and whether they match. */
const CASES: [text: string, matches: boolean][] = [
  ['.number', true],
  ['.none', true],
  ['.nothing', false],
  ['.number = 7', true],
  ['.number=7', true],
  ['.number == 7.0', true],
  ['.number = 7e0', true],
  ['.number = "7"', false],
  ['.number = 8', false],
  ['.digits = 7', true],
  ['.digits = "7"', true],
  ['.digits = 7.0', false],
  ['.text = Seven', true],
  ['.text = seven', false],
  ['.text != seven', true],
  ['.text != Seven', false],
  ['.nothing != 1', false],
  ['.yes = true', true],
  ['.yes = "true"', false],
  ['.yes != false', true],
  ['.none = null', true],
  ['.none != null', false],
  ['.number > 6', true],
  ['.number >= 7', true],
  ['.number < 7', false],
  ['.number <= 7', true],
  ['.digits > 6', false],
  ['.digits > "6"', true],
  ['.date >= 2024-05-01', true],
  ['.date < 2024-05-01', false],
  ['.text > 6', false],
  ['.list = 1', false],
  ['.list[*] = 2', true],
  ['.list[*] != 2', true],
  ['.list[*] > 2', false],
  ['$.number = 7', true],
  ['$..list[1] = 2', true],
  ['$.list[?@ > 1]', true],
  ['$.list[?@ > 2]', false],
  ['$[?@=="Seven"]=Seven', true],
  ['$["a=b"] = 1', true],
  [`'$["a=b"] = 1'`, true],
  ['["a=b"] = 1', true],
  ["'$[?@ == \\'Seven\\' && 1<2].x'", false],
  ['$.text[?(@.x) && !@.y]', false],
  ['.text =~ ^s', true],
  ['.text =~ "^s.*n$"', true],
  ['.text =~ x', false],
  ['.number =~ 7', true],
  ['.none =~ null', false],
  ['.list =~ 1', false],
  ["'.text = Seven'", true],
  ['\'.text="Seven"\'', true],
  ["' .number > 6 '", true],
  ["'.text'", true],
  ['"[\'a=b\'] = 1"', true],
];

for (const [text, matches] of CASES) {
  const cursor = new ExpressionCursor(text);
  t.equal(readJsonTest(cursor, SETTINGS)(JSON_VALUE), matches, text);
  t.ok(cursor.done, `${text} is read to its end`);
}

t.equal(readJsonTest(new ExpressionCursor('.text = Seven'), SETTINGS)(undefined), false, 'content that is not JSON');
