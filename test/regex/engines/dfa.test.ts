import t from 'tap';
import { buildNfa } from '../../../src/regex/engines/automaton.js';
import { Dfa } from '../../../src/regex/engines/dfa.js';
import { parseRegex } from '../../../src/regex/parse.js';
import { Random } from '../../support/random.js';

const FLAGS = { ignoreCase: false, multiline: false, dotAll: true };

function dfaFor(source: string): Dfa {
  return new Dfa(buildNfa(parseRegex([...source], FLAGS, true))!);
}

t.test('more states than are kept', async (t) => {
  // Its automaton has a state for each of the 2^15 sequences of the last letters.
  const source = '(?:a|b)*a(?:a|b){14}c';
  const dfa = dfaFor(source);
  const random = new Random(3);
  const letters = Buffer.from(Array.from({ length: 20_000 }, () => random.pick([97, 98])));
  t.equal(dfa.testBytes(letters), false);
  t.equal(dfa.testText(letters.toString('latin1')), false);
  for (const at of [100, 9_999, 19_000]) {
    const copy = Buffer.from(letters);
    copy[at] = 99;
    t.equal(dfa.testBytes(copy), copy[at - 15] === 97, `c at ${at}`);
    t.equal(dfa.testText(copy.toString('latin1')), copy[at - 15] === 97, `c at ${at}, as text`);
  }
});

t.test('characters that come up late', async (t) => {
  const dfa = new Dfa(buildNfa(parseRegex([...'[^a]я\\w[€-₿]$'], FLAGS, false))!);
  const cases: [string, boolean][] = [
    ['bяж€', true],
    ['aяж€', false],
    ['😀я字₿', true],
    ['\ud800яж€', true],
    ['bя😀€', false],
    ['bяжa', false],
  ];
  for (const [text, expected] of [...cases, ...cases]) t.equal(dfa.testText(text), expected, text);
});

t.test('regexes that are not regular, or too large, have no automaton', async (t) => {
  for (const source of ['(a)\\1', 'a(?=b)', '(?>a)', 'a*+', '(a)?(?(1)b|c)', 'a{10000}']) {
    t.equal(buildNfa(parseRegex([...source], FLAGS, true)), undefined, source);
  }
});

t.test('time is linear', async (t) => {
  const long = Buffer.alloc(1 << 20, 'a');
  for (const source of ['(a+)+$b', '(a|a)*b', 'a*a*a*a*a*b', '(?:a?){40}b', '\\w+@\\w+']) {
    t.equal(dfaFor(source).testBytes(long), false, source);
  }
  t.equal(dfaFor('(a+)+$').testBytes(long), true);
});
