import t from 'tap';
import { quickLength } from '../../../src/regex/engines/javascript.js';
import { parseRegex } from '../../../src/regex/parse.js';

const FLAGS = { ignoreCase: false, multiline: false, dotAll: false };

/** How long an input JavaScript's engine may be given: any, up to a limit (between the two), or none. */
const CASES: [source: string, least: number, most: number][] = [
  ['secret', Infinity, Infinity],
  ['a|b|c', Infinity, Infinity],
  ['[a-z]{3}x?', Infinity, Infinity],
  ['(?!a)b', Infinity, Infinity],
  ['a{1,50}', Infinity, Infinity],
  ['a{1,500}b', -1, -1],
  ['(?:a|b){1,9}', -1, -1],
  ['(?:a?){30}a', -1, -1],
  ['a*b', 1000, 10_000],
  ['^a*b', 1_000_000, 100_000_000],
  ['^a*b*', 1000, 10_000],
  ['a*b*c', 100, 1000],
  ['^(?!.*a)b', 1000, 10_000_000],
  ['(?:ab)*c', 1000, 10_000],
  ['(a+)+b', -1, -1],
  ['(a|a)*b', -1, -1],
  ['(a?)*b', -1, -1],
  ['(a)\\1', -1, -1],
  ['(?>a)b', -1, -1],
];

for (const [source, least, most] of CASES) {
  const length = quickLength(parseRegex([...source], FLAGS, false));
  t.ok(length >= least && length <= most, `${source}: ${length}`);
}
