import t from 'tap';
import { parseRegex } from '../../src/regex/parse.js';
import type { Regex } from '../../src/regex/syntax.js';
import { trimEdges } from '../../src/regex/trim.js';

const FLAGS = { ignoreCase: false, multiline: false, dotAll: true };
const parse = (source: string) => parseRegex([...source], FLAGS, false);

/** A regex, and the shorter one. */
const CASES: [source: string, trimmed: string][] = [
  ['a', 'a'],
  ['.*ab', 'ab'],
  ['ab.*', 'ab'],
  ['.*ab.*', 'ab'],
  ['a+bc{2,5}', 'a{1}bc{2}'],
  ['a*b*cd', 'cd'],
  ['(?:a*b|c)d*', '(?:b|c)'],
  ['a*+bc', 'a*+bc'],
  ['^a*b', '^a*b'],
  ['(?=a*)bc', '(?=a*)bc'],
  ['(a)*b\\1', '(a)*b\\1'],
  ['a*(b)?(?(1)c|d)e*', 'a*(b)?(?(1)c|d)e*'],
];

for (const [source, trimmed] of CASES) t.same(flat(trimEdges(parse(source))), flat(parse(trimmed)), source);
t.same(trimEdges(parse('a*'.repeat(10_000))), { type: 'sequence', items: [] }, 'a long one');

/** A tree without sequences of one item. */
function flat(regex: Regex): Regex {
  switch (regex.type) {
    case 'sequence':
    case 'alternatives': {
      const items = regex.items.map(flat);
      return regex.type === 'sequence' && items.length === 1 ? items[0]! : { type: regex.type, items };
    }
    case 'repeat':
    case 'group':
      return { ...regex, item: flat(regex.item) };
    default:
      return regex;
  }
}
