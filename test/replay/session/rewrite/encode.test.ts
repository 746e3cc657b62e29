import t from 'tap';
import { encodeLike } from '../../../../src/replay/session/rewrite/encode.js';

t.test('values are encoded in the style of the recorded text', async (t) => {
  const cases: readonly (readonly [
    raw: string,
    value: string,
    isForm: boolean,
    separators: string,
    encoded: string,
  ])[] = [
    ['a', 'b c', false, '/?#', 'b%20c'],
    ['a', 'b c', true, '&#', 'b+c'],
    ['a%20b', 'b c', true, '&#', 'b%20c'],
    ['a+b', 'b+c d', true, '&#', 'b%2Bc+d'],
    ['a', 'b+c', true, '&#', 'b%2Bc'],
    ['a+b', 'b+c', false, '/?#', 'b+c'],
    ['a:b', 'c:d@e', false, '/?#', 'c:d%40e'],
    ['a=b', 'c=&#', true, '&#', 'c=%26%23'],
    ['a/b', 'c/d', true, '&#', 'c/d'],
    ['a', 'c/d', false, '/?#', 'c%2Fd'],
    ["a'(b)", "c'(d)!", false, '/?#', "c'(d)%21"],
    ['%e4', 'ä€', true, '&#', '%C3%A4%E2%82%AC'],
    ['a', '%41', true, '&#', '%2541'],
    ['a', '\ud800', true, '&#', '%EF%BF%BD'],
  ];
  for (const [raw, value, isForm, separators, encoded] of cases) {
    t.equal(encodeLike(raw, value, isForm, separators), encoded, `${value} for ${raw}`);
  }
});
