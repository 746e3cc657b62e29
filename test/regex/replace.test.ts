import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  compileBytesFinder,
  type Match,
  RegexError,
  SearchLimitError,
  type SourceChar,
  Template,
} from '../../src/regex/index.js';
import { Random } from '../support/random.js';
import { rounds } from '../support/rounds.js';
import { randomRegex, randomSubject } from './random-regex.js';

const SCRIPT = join(import.meta.dirname, '../../../test/regex/python-replace.py');

function chars(latin1: string): SourceChar[] {
  return Array.from(latin1, (char, offset) => ({ char, offset }));
}

function finderOf(pattern: string, dotAll = true) {
  return compileBytesFinder(chars(pattern), pattern.length, { ignoreCase: false, multiline: false, dotAll });
}

function replace(pattern: string, template: string, subject: string, dotAll = true): string {
  const finder = finderOf(pattern, dotAll);
  const parsed = Template.parse(chars(template), template.length, finder.groups);
  return parsed.replace(Buffer.from(subject, 'latin1'), finder).toString('latin1');
}

const CASES: [pattern: string, template: string, subject: string, expected: string][] = [
  ['a', 'b', 'banana', 'bbnbnb'],
  ['x', 'y', 'banana', 'banana'],
  ['', '-', 'ab', '-a-b-'],
  ['a*', '-', 'baac', '-b--c-'],
  ['a*?', '-', 'baac', '-b-----c-'],
  ['(a)(b)?', '[\\1|\\2]', 'aab', '[a|][a|b]'],
  ['(?P<first>\\w)(\\w)', '\\2\\g<first>\\g<0>', 'abcd', 'baabdccd'],
  ['(a)', '\\g<1>0', 'a', 'a0'],
  ['a', '\\\\ \\n \\. $1 $& \\0 \\101', 'a', '\\ \n \\. $1 $& \0 A'],
  ['^a', 'b', 'aa\na', 'ba\na'],
  ['a$', 'b', 'a\n', 'b\n'],
  ['.', 'x', 'a\n', 'xx'],
  ['<b>.*?</b>', '', '1<b>2</b>3<b>4\n</b>5', '135'],
  ['(?<=a)b', 'c', 'abb', 'acb'],
  ['(a|b)\\1', '<\\1>', 'aabbab', '<a><b>ab'],
  ['\xff', '\xfe', '\xff\xfd', '\xfe\xfd'],
];

t.test('matches are replaced', async (t) => {
  for (const [pattern, template, subject, expected] of CASES) {
    t.equal(replace(pattern, template, subject), expected, JSON.stringify([pattern, template, subject]));
  }
});

t.test('templates that are none', async (t) => {
  const cases: [template: string, offset: number][] = [
    ['ab\\', 2],
    ['a\\2', 1],
    ['\\q', 0],
    ['a\\g', 1],
    ['\\g<', 0],
    ['\\g<>', 0],
    ['\\g<2>', 0],
    ['\\g<name>', 0],
    ['\\400', 0],
  ];
  for (const [template, offset] of cases) {
    let error: unknown;
    try {
      replace('(a)', template, 'a');
    } catch (thrown) {
      error = thrown;
    }
    t.ok(error instanceof RegexError, template);
    t.equal((error as RegexError).offset, offset, template);
  }
});

t.test('an input without a match is the same buffer', async (t) => {
  const finder = finderOf('a+b');
  const bytes = Buffer.from('aaac');
  t.equal(Template.literal(Buffer.from('x')).replace(bytes, finder), bytes);
});

t.test('large inputs', async (t) => {
  const line = `${'x'.repeat(99)}\n`;
  const page = `<script>${line.repeat(300)}</script>\n`.repeat(40);
  t.equal(replace('<script>.*?</script>', '', page).length, 40);
  t.equal(replace('.', '', page).length, 0);
  t.equal(replace('(x+)\\n', '\\1', line.repeat(5000)).length, 99 * 5000);
});

t.test('a regex that takes too long is given up', async (t) => {
  const finder = finderOf('(?:a|aa)+c');
  const all = (): Match[] => [...finder.matches(Buffer.from(`${'a'.repeat(5000)}bac`), false)];
  t.throws(all, SearchLimitError);
});

const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']);
const skip = python.status === 0 ? false : 'python3 3.11 or newer is not installed';

const TEMPLATES = [
  '',
  'x',
  '<\\g<0>>',
  '[\\1]',
  '\\2\\1',
  '\\g<1>0',
  '\\n\\\\',
  '\\010',
  '\\41',
  '\\7',
  '\\e',
  '\\-',
  '$1',
];

/** @returns how many subjects were changed */
function compare(t: Test, cases: [string, string, boolean, string[]][]): number {
  const { stdout, stderr, status } = spawnSync('python3', [SCRIPT], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  const expected = JSON.parse(stdout) as (string[] | null)[];
  let changed = 0;
  for (const [at, [pattern, template, dotAll, subjects]] of cases.entries()) {
    const wanted = expected[at];
    const name = JSON.stringify([pattern, template, dotAll]);
    for (const [index, subject] of subjects.entries()) {
      let found: string | undefined;
      try {
        found = replace(pattern, template, subject, dotAll);
      } catch (error) {
        if (!(error instanceof RegexError)) throw error;
      }
      if (found !== wanted?.[index]) t.same(found, wanted?.[index], `${name} in ${JSON.stringify(subject)}`);
      if (found !== undefined && found !== subject) changed++;
    }
  }
  return changed;
}

t.test('random replacements are those of Python', { skip }, async (t) => {
  const random = new Random(20241128);
  const cases = Array.from({ length: rounds(500, 1500) }, (_, at): [string, string, boolean, string[]] => {
    const pattern = Buffer.from(randomRegex(random, at % 3 === 0)).toString('latin1');
    const subjects = Array.from({ length: 8 }, () => Buffer.from(randomSubject(random)).toString('latin1'));
    return [pattern, random.pick(TEMPLATES), random.below(2) === 0, ['', ...subjects]];
  });
  t.ok(compare(t, cases) > 1.3 * cases.length);
});
