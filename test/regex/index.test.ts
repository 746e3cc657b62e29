import t from 'tap';
import { compileBytesRegex, compileTextRegex, type RegexFlags } from '../../src/regex/index.js';

/** Regex, flags (letters), the subjects that match, and those that do not. */
type Case = [source: string, flags: string, matching: string[], others: string[]];

const TEXT: Case[] = [
  ['é', 'i', ['É', 'é'], ['e', 'Ã©']],
  ['ß+=', 'i', ['ß=', 'ẞ='], ['ss=']],
  ['k+=1', 'i', ['K=1', '\u212a=1'], ['k=2']],
  ['straße', 'i', ['STRAßE', 'STRAẞE', '\u017fTRAßE'], ['STRASSE']],
  ['i', 'i', ['I', 'İ', 'ı'], ['í']],
  ['[x-ı]', 'i', ['i', 'İ'], ['w']],
  ['[^i]', 'i', ['x'], ['İ', 'ı']],
  ['(ς)\\1', 'i', ['ςΣ', 'σς'], ['ςθ']],
  ['\\w', '', ['a', 'é', 'ж', '字', '٣', '_'], ['-', ' ', '€', '😀']],
  ['\\d', '', ['1', '٣'], ['a', '²']],
  ['\\s', '', [' ', '\u00a0', '\u2003', '\u001c', '\u0085'], ['a', '\ufeff', '\u200b']],
  ['^.$', '', ['a', 'é', '😀', '\r', '\u2028'], ['\n', 'ab', '']],
  ['^.$', 's', ['\n'], ['ab']],
  ['a$', '', ['a', 'a\n'], ['a\nb', 'a\n\n', 'a\r']],
  ['a$', 'm', ['a', 'a\nb'], ['a\r\nb']],
  ['a\\Z', '', ['a'], ['a\n']],
  ['^b', 'm', ['b', 'a\nb'], ['a\rb', 'a\u2028b']],
  ['\\Ab', 'm', ['b'], ['a\nb']],
  ['\\bé\\b', '', ['é', 'a é b'], ['éa']],
  ['[^a]', 'i', ['b'], ['a', 'A', 'aA']],
  ['[k]', 'i', ['K', '\u212a'], ['x']],
  ['(?i)a', '', ['A'], ['b']],
  ['(?a)\\w', '', ['a'], ['é']],
  ['(?i:a)b', '', ['Ab'], ['AB']],
  ['(?-i:a)b', 'i', ['aB'], ['AB']],
  ['(?x) a b # c', '', ['ab'], ['a b']],
  ['(?P<n>a|b)x(?P=n)', '', ['axa', 'bxb'], ['axb']],
  ['(?:(a)|b)\\1', '', ['aa'], ['b', 'ab']],
  ['(a)?(?(1)b|c)', '', ['ab', 'c'], ['b', 'a']],
  ['(?<!a)b', '', ['b', 'xb'], ['ab']],
  ['a(?=b)', '', ['ab'], ['ac']],
  ['^(?!.*b)', '', ['a', ''], ['b', 'ab']],
  ['a++a', '', [], ['aaa']],
  ['(?>a|ab)c', '', ['ac'], ['abc']],
  ['\\u00e9|\\U0001f600', '', ['é', '😀'], ['e']],
  ['a{,2}b', '', ['b', 'aab'], ['a']],
  ['a{x}', '', ['a{x}'], ['a']],
  ['[]]', '', [']'], ['[']],
  ['[\\b]', '', ['\b'], ['b']],
  ['\\101\\x42', '', ['AB'], ['ab']],
  ['😀+$', '', ['😀😀'], ['😀a']],
  ['', '', ['', 'a'], []],
  ['[a-z]{5000}', '', ['a'.repeat(5000)], ['a'.repeat(4999)]],
];

/** Subjects are latin1 text. */
const BYTES: Case[] = [
  ['é', '', ['\xc3\xa9'], ['\xe9', '\xc3\x89']],
  ['é', 'i', ['\xc3\xa9'], ['\xe9', '\xc3\x89', '\xe3\xa9']],
  ['é+x', '', ['\xc3\xa9\xa9x'], ['\xc3\xa9\xc3x']],
  ['[é]x', '', ['\xc3x', '\xa9x'], ['\xe9x']],
  ['\\xe9', 'i', ['\xe9'], ['\xc9', '\xc3\xa9']],
  ['k', 'i', ['k', 'K'], ['\xe2\x84\xaa']],
  ['\\w', '', ['a', '_'], ['\xe9', '\xc3']],
  ['\\s', '', [' ', '\v'], ['\xa0', '\x85', '\x1c']],
  ['\\W', '', ['\xff', '\0'], ['a']],
  ['^.$', '', ['\xff', '\r'], ['\n', '\xc3\xa9']],
  ['a$', 'm', ['a\n'], ['a\r\n']],
  ['\\x00\\xff', '', ['\0\xff'], ['\0']],
  ['(?:ab)+\\d=é', '', ['ab1=\xc3\xa9'], ['ab1=\xe9', 'ab1=', '=\xc3\xa9']],
  ['\\bk+=', 'i', ['K=', ' k='], ['xk=', 'k']],
  ['a.b', 's', ['a\nb'], ['ab']],
  ['(?<=\\xff)a', '', ['\xffa'], ['a']],
  ['(.)\\1', '', ['\xe9\xe9'], ['\xe9\xc9']],
  ['(.)\\1', 'i', ['aA'], ['\xe9\xc9']],
];

function flagsOf(letters: string): RegexFlags {
  return { ignoreCase: letters.includes('i'), multiline: letters.includes('m'), dotAll: letters.includes('s') };
}

/** The beginning of a subject, readable in a report. */
function shown(text: string): string {
  const escapeChar = (char: string): string => `\\u${char.charCodeAt(0).toString(16)}`;
  return JSON.stringify(text.slice(0, 20)).replace(/[^\x20-\x7e]/g, escapeChar);
}

t.test('text', async (t) => {
  for (const [source, flags, matching, others] of TEXT) {
    const test = compileTextRegex(source, flagsOf(flags));
    for (const text of matching) t.equal(test(text), true, `${source} in ${shown(text)}`);
    for (const text of others) t.equal(test(text), false, `${source} not in ${shown(text)}`);
  }
});

t.test('bytes', async (t) => {
  for (const [source, flags, matching, others] of BYTES) {
    const { bytes, latin1 } = compileBytesRegex(source, flagsOf(flags));
    for (const [subjects, expected] of [
      [matching, true],
      [others, false],
    ] as const) {
      for (const text of subjects) {
        const name = `${source} in ${shown(text)}`;
        t.equal(bytes(Buffer.from(text, 'latin1')), expected, name);
        t.equal(latin1(text), expected, `${name}, as text`);
        // The surroundings of a part are not seen.
        const embedded = Buffer.from(`zz${text}zz`, 'latin1');
        t.equal(bytes(embedded, 2, 2 + text.length), expected, `${name}, as a part`);
      }
    }
  }
});
