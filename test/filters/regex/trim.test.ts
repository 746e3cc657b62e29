import t from 'tap';
import { parseRegex } from '../../../src/filters/regex/parse.js';
import { trimEdges } from '../../../src/filters/regex/trim.js';

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

/** A tree without sequences of one item, as text. */
function flat(regex: unknown): string {
  const text = JSON.stringify(regex);
  for (let shorter = text; ; ) {
    const next = shorter.replace(/\{"type":"sequence","items":\[(\{(?:[^{}]|\{[^{}]*\})*\})\]\}/g, '$1');
    if (next === shorter) return next;
    shorter = next;
  }
}
