import t from 'tap';
import { requiredLiteral } from '../../src/regex/literal.js';
import { parseRegex } from '../../src/regex/parse.js';

const FLAGS = { ignoreCase: false, multiline: false, dotAll: false };

/** A regex, and the text that stands in everything it matches. */
const CASES: [source: string, literal: string | undefined][] = [
  ['secret', 'secret'],
  ['a\\x62\\n', 'ab\n'],
  ['a(?P<n>bc)(?:de)(?>f)', 'abcdef'],
  ['^a\\bb(?=.)c(?<!.)d(?!.)e$', 'abcde'],
  ['ab.cde', 'cde'],
  ['ab[xy]cde[^x]f\\dg', 'cde'],
  ['ab|abc', undefined],
  ['xy(?:a|b)z', 'xy'],
  ['ab?cde*f', 'cd'],
  ['ab+cde', 'cde'],
  ['ab{1}c', 'abc'],
  ['ab{2}c', 'ab'],
  ['(?:abc)+d', 'abc'],
  ['(?:abc){0,3}d', 'd'],
  ['(?:a|b)(ab)\\1x', 'ab'],
  ['(a)?(?(1)bcd|efg)hi', 'hi'],
  ['(?i)secret=1;', '=1;'],
  ['(?i:a)bc', 'bc'],
  ['(?i)ß', undefined],
  ['(?i)€', '€'],
  ['(?i)é', undefined],
  ['[a][bb]', 'a'],
  ['[^a]', undefined],
  ['😀я', '😀я'],
  ['', undefined],
];

for (const [source, literal] of CASES) t.equal(requiredLiteral(parseRegex([...source], FLAGS, false)), literal, source);

const long = requiredLiteral(parseRegex([...'ab'.repeat(1000)], FLAGS, false));
t.match(long, /^(ab){10,}$/, 'a long one is cut');
t.equal(requiredLiteral(parseRegex(['k', '=', '\xe9'], { ...FLAGS, ignoreCase: true }, true)), '=\xe9', 'bytes');
