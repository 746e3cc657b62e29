import t from 'tap';
import { essenceOf, parameterOf, withParameter } from '../../../src/flow/text/parameters.js';

t.test('parameters of a field value', async (t) => {
  const cases: [text: string, value: string | undefined, changed: string][] = [
    ['', undefined, '; p=v'],
    ['a/b', undefined, 'a/b; p=v'],
    ['a/b;p=1', '1', 'a/b;p=v'],
    ['a/b ; x=2; P = 1 ;y=3', '1', 'a/b ; x=2; P = v ;y=3'],
    ['a/b; p="1;\\"\\\\\\x"; y', '1;"\\\\x', 'a/b; p="v"; y'],
    ['a/b; x=";p=2"; p=3', '3', 'a/b; x=";p=2"; p=v'],
    ['a/b; p; p=4', '4', 'a/b; p; p=v'],
    ['a/b; p=', '', 'a/b; p=v'],
    ['a/b; p="open', 'open', 'a/b; p="v"'],
    ['a/b; p=1; p=2', '1', 'a/b; p=v; p=2'],
  ];
  for (const [text, value, changed] of cases) {
    t.equal(parameterOf(text, 'p'), value, text);
    t.equal(withParameter(text, 'p', 'v'), changed, text);
  }
  t.equal(withParameter('a', 'p', 'x "\\'), 'a; p="x \\"\\\\"');
  t.same([essenceOf(' Text/HTML ; a=b'), essenceOf('a'), essenceOf(undefined)], ['text/html', 'a', '']);
});
