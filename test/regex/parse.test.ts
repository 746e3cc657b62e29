import t from 'tap';
import { compileBytesRegex, compileTextRegex, RegexError } from '../../src/regex/index.js';

const FLAGS = { ignoreCase: false, multiline: false, dotAll: false };

/** Regexes that are refused, the offset of the mistake, and something of the sentence. */
const ERRORS: [source: string, offset: number, sentence: RegExp][] = [
  ['(a', 0, /not closed/],
  ['a)', 1, /no matching/],
  ['[a', 0, /not closed/],
  ['x[a-', 1, /not closed/],
  ['[z-a]', 1, /backwards/],
  ['[a-\\d]', 1, /ends of a range/],
  ['*', 0, /nothing to repeat/],
  ['a|*', 2, /nothing to repeat/],
  ['^*', 1, /nothing to repeat/],
  ['a**', 2, /cannot be repeated/],
  ['a{2}{3}', 4, /cannot be repeated/],
  ['a{3,2}', 1, /minimum is greater/],
  ['a{1000000}', 1, /more than/],
  ['a\\', 1, /escapes nothing/],
  ['\\q', 0, /no meaning/],
  ['\\x4', 0, /2 hexadecimal/],
  ['\\u12', 0, /4 hexadecimal/],
  ['\\U99999999', 0, /no such character/],
  ['\\N{DOT}', 0, /no meaning/],
  ['\\400', 0, /377/],
  ['(a)\\2', 3, /no group 2/],
  ['(a\\1)', 2, /still open/],
  ['(?P<n>a)(?P<n>b)', 8, /already/],
  ['(?P<1>a)', 4, /not a group name/],
  ['(?P<n', 4, /does not end with >/],
  ['(?P=n)', 0, /no group with this name/],
  ['(?(2)a)', 3, /no group 2/],
  ['(?(n)a)', 3, /no group n/],
  ['(a)(?(1)a|b|c)', 11, /two branches/],
  ['(?#a', 3, /comment/],
  ['(?<n>a)', 0, /unknown group syntax/],
  ['(?<=a*)', 0, /fixed length/],
  ['a(?i)', 1, /at its start/],
  ['(?L)a', 2, /flag L/],
  ['(?-i)a', 4, /end with :/],
  ['(?-:a)', 3, /missing/],
  ['(?i', 3, /end with \) or :/],
  ['é(', 1, /not closed/],
  ['😀(', 2, /not closed/],
  [`${'('.repeat(200)}${')'.repeat(200)}`, 100, /nested groups/],
];

for (const [source, offset, sentence] of ERRORS) {
  for (const compile of [compileTextRegex, compileBytesRegex]) {
    // \u, \U and their like are unknown in a regex of bytes.
    if (compile === compileBytesRegex && /^\\[uU]/.test(source)) continue;
    try {
      compile(source, FLAGS);
      t.fail(`${source} is refused`);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      t.equal(error.offset, offset, `offset in ${source.slice(0, 20)}`);
      t.match(error.message, sentence, source.slice(0, 20));
    }
  }
}

t.throws(() => compileBytesRegex('\\u0041', FLAGS), RegexError);
t.throws(() => compileBytesRegex('(?u)a', FLAGS), RegexError);
