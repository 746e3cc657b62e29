import t from 'tap';
import { canonicalJson, parseJson } from '../../../../src/replay/server/key/canonical-json.js';

const canonical = (text: string) => {
  const value = parseJson(text);
  return value === undefined ? undefined : canonicalJson(value);
};

t.test('equal values have the same text', async (t) => {
  const same: [string, string][] = [
    ['{"a":1,"b":2}', ' { "b" : 2 , "a" : 1 } '],
    ['[1.0, 2e1, -0.5]', '[1,20,-5e-1]'],
    ['{"a":{"c":[],"b":{}}}', '{"a":{"b":{},"c":[]}}'],
    ['"\\u0041\\/"', '"A/"'],
    ['12345678901234567890', ' 12345678901234567890 '],
    ['{"id":9007199254740993}', '{ "id": 9007199254740993 }'],
  ];
  for (const [one, other] of same) t.equal(canonical(one), canonical(other), one);
});

t.test('different values have different texts', async (t) => {
  const different: [string, string][] = [
    ['[1,2]', '[2,1]'],
    ['{"a":1}', '{"a":"1"}'],
    ['{"a":null}', '{}'],
    ['9007199254740993', '9007199254740992'],
    ['{"id":12345678901234567890}', '{"id":12345678901234567891}'],
    ['{"a":"1234567890123456"}', '{"a":1234567890123456}'],
    ['["a","b"]', '["a,b"]'],
    ['["\\"1234567890123456"]', '["1234567890123456"]'],
  ];
  for (const [one, other] of different) t.not(canonical(one), canonical(other), one);
});

t.test('what is not JSON, or too deep', async (t) => {
  for (const text of ['', '{', '{a:1}', '1 2', '"\n"']) t.equal(canonical(text), undefined, text);
  t.equal(canonical('['.repeat(10_000) + ']'.repeat(10_000)), undefined);
});
