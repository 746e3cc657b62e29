import t from 'tap';
import { FilterError } from '../../src/filters/index.js';
import { parse } from '../../src/filters/parse.js';
import type { Tree } from '../../src/filters/tree.js';

const SETTINGS = { caseSensitive: false, now: 0, json: () => undefined };

/** A tree as text: `(and (u a) (not q))`. Arguments stand as they were written. */
function describe(tree: Tree): string {
  if (tree.kind === 'not') return `(not ${describe(tree.item)})`;
  if (tree.kind !== 'test') return `(${tree.kind} ${tree.items.map(describe).join(' ')})`;
  return tree.argument === undefined ? tree.operator.name : `(${tree.operator.name} ${tree.argument})`;
}

const TREES: Record<string, [expression: string, tree: string][]> = {
  'what mitmproxy takes too': [
    ['~q', 'q'],
    ['  ~q\t\r\n ', 'q'],
    ['foo', '(u foo)'],
    ['~u foo', '(u foo)'],
    ['~u  \t foo', '(u foo)'],
    ['"a b"', '(u "a b")'],
    ["'a b'", "(u 'a b')"],
    ["''", "(u '')"],
    ["~b 'a\\'b'", "(b 'a\\'b')"],
    ["'a'b", "(and (u 'a') (u b))"],
    ['a b', '(and (u a) (u b))'],
    ['a & b', '(and (u a) (u b))'],
    ['a & b & c', '(and (u a) (u b) (u c))'],
    ['a | b', '(or (u a) (u b))'],
    ['a &b', '(and (u a) (u b))'],
    ['a !b', '(and (u a) (not (u b)))'],
    ['! a', '(not (u a))'],
    ['!!a', '(not (not (u a)))'],
    ['!(a)', '(not (u a))'],
    ['(a)(b)', '(and (u a) (u b))'],
    ['(a)b', '(and (u a) (u b))'],
    ['a (b)', '(and (u a) (u b))'],
    ['(a )', '(u a)'],
    ['((a))', '(u a)'],
    ['a&b', '(u a&b)'],
    ['a|b', '(u a|b)'],
    ['a!b', '(u a!b)'],
    ['a&', '(u a&)'],
    ['&a', '(u &a)'],
    ['~u a|b', '(u a|b)'],
    ['~u a\\| ~q', '(and (u a\\|) q)'],
    ['~u a\\&~q', '(and (u a\\&) q)'],
    ['~b !x', '(b !x)'],
    ['~b &', '(b &)'],
    ['~b |', '(b |)'],
    ['~d a| b', '(and (d a|) (u b))'],
    ['a~q', '(and (u a) q)'],
    ['a!~q', '(and (u a!) q)'],
    ['~c 200 300', '(and (c 200) (u 300))'],
    ['~c 200|~c 300', '(or (c 200) (c 300))'],
    ['~c 200|x', '(or (c 200) (u x))'],
    ['~c 200!x', '(and (c 200) (not (u x)))'],
    ['~c 200~q', '(and (c 200) q)'],
    ['(~c 200)', '(c 200)'],
    ['(~m GET)', '(m GET)'],
    ['a | b c | d', '(and (or (u a) (u b)) (or (u c) (u d)))'],
    ['~q | ~s ~tcp', '(and (or q s) tcp)'],
    ['~q ~s | ~tcp', '(and q (or s tcp))'],
    ['a & b | c', '(or (and (u a) (u b)) (u c))'],
    ['a | b & c', '(or (u a) (and (u b) (u c)))'],
    ['! a & b', '(and (not (u a)) (u b))'],
    ['!(a | b) & c', '(and (not (or (u a) (u b))) (u c))'],
    ['a\u00a0b', '(u a\u00a0b)'],
    ['~u a\\n', '(u a\\n)'],
  ],
  'traps that do not exist here': [
    ['(~q)', 'q'],
    ['(~q & ~s)', '(and q s)'],
    ['~q&~s', '(and q s)'],
    ['~q|~s', '(or q s)'],
    ['!(~q)', '(not q)'],
    ['(a b)', '(and (u a) (u b))'],
    ['!(a b)', '(not (and (u a) (u b)))'],
    ['(a | b c)', '(and (or (u a) (u b)) (u c))'],
    ['~d a|~d b', '(or (d a) (d b))'],
    ['~d a| ~d b', '(or (d a) (d b))'],
    ['~d a |~d b', '(or (d a) (d b))'],
    ['~d a&~d b', '(and (d a) (d b))'],
    ['~d a&!~d b', '(and (d a) (not (d b)))'],
    ['~d a|(~d b)', '(or (d a) (d b))'],
    ['~d a|! ( ~d b)', '(or (d a) (not (d b)))'],
    ['a|b|~q', '(or (u a|b) q)'],
    ['a&b&~q', '(and (u a&b) q)'],
    ['~d"a"', '(d "a")'],
  ],
  'more operators': [
    ['~c >=500', '(c >=500)'],
    ['~c >= 500', '(c >= 500)'],
    ['~c>=500', '(c >=500)'],
    ["~c '>= 500'", "(c '>= 500')"],
    ['~c 5xx|~c 4xx', '(or (c 5xx) (c 4xx))'],
    ['~size >10k&~dur <1s', '(and (size >10k) (dur <1s))'],
    ['(~size <1m)', '(size <1m)'],
    ['~g a.com/** b', '(and (g a.com/**) (u b))'],
    ['~hdr host', '(hdr host)'],
    ['~hdr host ~q', '(and (hdr host) q)'],
    ['~hdr host&~q', '(and (hdr host) q)'],
    ['~hdr host: a b', '(and (hdr host: a) (u b))'],
    ['~hdr host:a', '(hdr host:a)'],
    ['~hdr "host: a b"', '(hdr "host: a b")'],
    ['(~hdr host)', '(hdr host)'],
    ['~json .a', '(json .a)'],
    ['~json .a ~q', '(and (json .a) q)'],
    ['~json .a=1 b', '(and (json .a=1) (u b))'],
    ['~json .a = 1 & ~q', '(and (json .a = 1) q)'],
    ['~json .a !~q', '(and (json .a) (not q))'],
    ['~json .a != 1', '(json .a != 1)'],
    ['~json .a =~ x&~q', '(and (json .a =~ x) q)'],
    ['~json ".a = b c" ~q', '(and (json ".a = b c") q)'],
    ['~after 2024-05-31T12:00 & ~q', '(and (after 2024-05-31T12:00) q)'],
    ['~after 1h|~before 12:30', '(or (after 1h) (before 12:30))'],
  ],
};

for (const [title, cases] of Object.entries(TREES)) {
  t.test(title, async (t) => {
    for (const [expression, tree] of cases) t.equal(describe(parse(expression, SETTINGS)), tree, expression);
  });
}

/** Expressions, the column of the error, and advice that the error has to give. */
const ERRORS: [expression: string, column: number, advice?: RegExp][] = [
  ['', 1],
  [' \t', 3],
  ['()', 2],
  ['(a', 1],
  ['a (b', 3],
  ['a)', 2],
  ['a &', 4],
  ['a |', 4],
  ['!', 2],
  ['& a', 1],
  ['a & & b', 5],
  ['a | | b', 5],
  ['(a |)', 5],
  ['~', 1],
  ['~ q', 1],
  ['~qq', 1, /~q perhaps/],
  ['a ~maked', 3, /~marked perhaps/],
  ['~Q', 1, /~q perhaps/],
  ['~bsszie', 1, /~bssize perhaps/],
  ['~xyzxyz', 1, /--filter-help/],
  ['~u https://x/~me', 14, /quotes around a regex that has ~/],
  ['~q~s', 3, /a space/],
  ['~q.', 3, /a space/],
  ['~d.', 3, /a space and then its argument/],
  ['~b', 3],
  ['~b ~q', 4, /without quotes/],
  ['~d | ~q', 4, /without quotes/],
  ['~b & ~q', 4, /without quotes/],
  ['~u (a)', 4, /without quotes/],
  ['~u get(a|b)', 7],
  ['~u *a', 4],
  ['~u a[', 5],
  ['~b a**', 6],
  ['~b "a(b"', 6],
  ['~b "\\\\\\\\(b"', 9],
  ['é ~b "ü(b"', 8],
  ['😀 ~b "😀(b"', 8],
  ['~b "(?<=a+)b"', 5],
  ['"a', 1],
  ['a "b', 3],
  ['"a\nb"', 1],
  ['~c', 3],
  ['~c 200x', 4, /404, 4xx/],
  ['~c 500-400', 4, /404, 4xx/],
  ['~c >400-500', 4, /404, 4xx/],
  ['~c ２００', 4, /404, 4xx/],
  ['~size 1x', 7, />10k/],
  ['~dur 1d', 6, /200ms/],
  ['~after tomorrow', 8, /2024/],
  ['~after 2024-02-30', 8, /2024/],
  ['~g', 3],
  ['~hdr', 5],
  ['~hdr a@b', 7],
  ['~hdr host:', 11],
  ['~hdr host: (', 12],
  ['~hdr "host: a("', 14],
  ['~json', 6],
  ['~json ..a', 7],
  ['~json .a =', 11],
  ['~json ".a = "', 7],
  ['~json .a =~ *', 13],
  [`${'('.repeat(500)}a${')'.repeat(500)}`, 201],
  [`${'!'.repeat(500)}a`, 201],
];

t.test('errors', async (t) => {
  for (const [expression, column, advice] of ERRORS) {
    try {
      parse(expression, SETTINGS);
      t.fail(`${expression} is refused`);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      t.equal(error.column, column, `column of ${expression}`);
      if (advice) t.match(`${error.problem}; ${error.expected}`, advice, expression);
      t.equal(error.text, expression);
      t.ok(error.message.includes(error.expected), 'says what was expected');
    }
  }
});

t.test('long expressions without depth', async (t) => {
  t.equal(parse(Array(5_000).fill('a').join(' & '), SETTINGS).kind, 'and');
  t.equal(parse(Array(5_000).fill('a').join(' | '), SETTINGS).kind, 'or');
  t.equal(parse(`~u ${'a*'.repeat(5_000)}`, SETTINGS).kind, 'test');
});
