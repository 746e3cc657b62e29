import { spawnSync } from 'node:child_process';
import t from 'tap';
import { caseVariants } from '../../src/regex/case.js';

const VARIANTS: [char: string, others: string][] = [
  ['a', 'A'],
  ['É', 'é'],
  ['i', 'İIı'],
  ['ı', 'İiI'],
  ['K', 'k\u212a'],
  ['\u017f', 'sS'],
  ['ς', 'Σσ'],
  ['µ', 'Μμ'],
  ['ẞ', 'ß'],
  ['ǅ', 'Ǆǆ'],
  ['ᾀ', 'ᾈ'],
  ['ᾨ', 'ᾠ'],
  ['ŉ', ''],
  ['1', ''],
  ['字', ''],
  ['𐐀', '𐐨'],
];
for (const [char, others] of VARIANTS) {
  const found = caseVariants(char.codePointAt(0)!, true).map((code) => String.fromCodePoint(code));
  t.same(new Set(found), new Set(others), char);
}
t.same(caseVariants(0x73, false), [0x53], 'only ASCII');
t.same(caseVariants(0xe9, false), []);

/** All characters that have another case, so also those in which it is irregular. */
const cased = Array.from({ length: 0x1f000 }, (_, code) => code).filter((code) => caseVariants(code, true).length > 0);

t.test('case is an equivalence', async (t) => {
  const wrong = cased.filter((code) => {
    const variants = caseVariants(code, true);
    const group = new Set([code, ...variants]);
    return variants.some((other) => [other, ...caseVariants(other, true)].some((member) => !group.has(member)));
  });
  t.same(wrong, []);
});

const PYTHON = `
import json, re, sys
text = sys.stdin.read()
# Of what is newer than this Python it knows no case.
known = [c for c in text if c.lower() != c or c.upper() != c]
text = ''.join(known)
json.dump([[c, ''.join(re.findall(re.escape(c), text, re.I))] for c in known], sys.stdout)
`;
const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']);
const skip = python.status === 0 ? false : 'python3 3.11 or newer is not installed';

t.test("case is that of Python's re", { skip }, async (t) => {
  const input = cased.map((code) => String.fromCodePoint(code)).join('');
  const { stdout } = spawnSync('python3', ['-X', 'utf8', '-c', PYTHON], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const expected = JSON.parse(stdout) as [string, string][];
  const known = new Set(expected.map(([char]) => char));
  const wrong = expected.filter(([char, matches]) => {
    const variants = caseVariants(char.codePointAt(0)!, true).map((code) => String.fromCodePoint(code));
    const ours = new Set([char, ...variants].filter((other) => known.has(other)));
    return ours.size !== [...matches].length || [...matches].some((match) => !ours.has(match));
  });
  t.ok(expected.length > 2000);
  t.same(wrong, []);
});
