import t from 'tap';
import { filterHints } from '../../src/filters/hints.js';

/** An expression, the word that is looked for in URLs, and what is said instead. */
const HINTS: [string, string, string][] = [
  ['~d a and ~c 200', 'and', 'between conditions write & or nothing.'],
  ['~d a AND ~c 200', 'AND', 'between conditions write & or nothing.'],
  ['(~d a or ~d b)', 'or', 'between alternatives write |.'],
  ['not ~e', 'not', 'to negate write !.'],
  ['status:500', 'status:500', 'did you mean ~c 500?'],
  ['status=500', 'status=500', 'did you mean ~c 500?'],
  ['status==5xx', 'status==5xx', 'did you mean ~c 5xx?'],
  ['status>=500', 'status>=500', 'did you mean ~c >=500?'],
  ['!(code:404 | ~e)', 'code:404', 'did you mean ~c 404?'],
  ['Host:example.com', 'Host:example.com', 'did you mean ~d example.com?'],
  ['method:POST', 'method:POST', 'did you mean ~m POST?'],
  ['method=POST', 'method=POST', 'did you mean ~m POST?'],
  ['size>10k', 'size>10k', 'did you mean ~size >10k?'],
  ['duration<1s', 'duration<1s', 'did you mean ~dur <1s?'],
  ['500', '500', 'a status is written ~c 500.'],
  ['~d a & 4xx', '4xx', 'a status is written ~c 4xx.'],
  ['POST', 'POST', 'a method is written ~m POST.'],
  ['status == 200', '==', '--filter-help lists the operators.'],
  ['d example.com', 'd', 'an operator begins with ~: ~d.'],
  ['hq Cookie', 'hq', 'an operator begins with ~: ~hq.'],
];
for (const [text, word, meant] of HINTS) {
  const hint = `The filter looks for "${word}" in URLs; ${meant}`;
  t.ok(filterHints(text).includes(hint), text, { found: filterHints(text), wanted: hint });
}
t.equal(filterHints('xx and yy and zz').length, 1, 'said once');

/** Expressions that are what they seem to be. */
const FINE = [
  '~d a & ~c 200 | !~e',
  'example.com/api',
  '"and"',
  "'status:500'",
  '~u and',
  '~u 500',
  '~b status:500',
  'code=abc',
  'status=open',
  'path=/x',
  'url=http://a',
  'host=a.com',
  'localhost:8080',
  'https://a/b',
  'band',
  '1500',
  '500/x',
  'post',
  'get',
  'json',
  'x=500',
  'ab',
  'url://x',
];
for (const text of FINE) t.same(filterHints(text), [], text);
