import t from 'tap';
import { cut, oneLine, quote } from '../../../src/flow/text/quote.js';

const LONG = 'x'.repeat(100);

for (const [text, quoted] of [
  ['a', '"a"'],
  ['"\\', '"\\"\\\\"'],
  ['\n\x1b\x7f\x9b', '"\\n\\u001b\\u007f\\u009b"'],
  ['\u2028\u202e', '"\\u2028\\u202e"'],
  ['é\xa0', '"é\xa0"'],
  [LONG, `"${'x'.repeat(80)}…"`],
] as const) {
  t.equal(quote(text), quoted);
}

for (const [message, line] of [
  ['a b', 'a b'],
  ['a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['\0\x1b[31m\x9b\u2029\u2066', '\\u0000\\u001b[31m\\u009b\\u2029\\u2066'],
] as const) {
  t.equal(oneLine(message), line);
}
t.equal(oneLine(LONG), LONG);
t.equal(oneLine(LONG, 3), 'xxx…');
t.equal(cut('a\n'), 'a\n');
