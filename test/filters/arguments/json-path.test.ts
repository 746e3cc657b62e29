import t from 'tap';
import { ALL, parseJsonPath, type Step, someAtPath } from '../../../src/filters/arguments/json-path.js';

const PATHS: [text: string, steps: Step[] | undefined][] = [
  ['.', []],
  ['$', []],
  ['a', ['a']],
  ['.a', ['a']],
  ['$.a', ['a']],
  ['.a.b-c', ['a', 'b-c']],
  ['.a[0][-1]', ['a', 0, -1]],
  ['[0].a', [0, 'a']],
  ['$[*].a', [ALL, 'a']],
  ['.*.a', [ALL, 'a']],
  ['.a["b c"].d', ['a', 'b c', 'd']],
  [".a['b\\'c']", ['a', "b'c"]],
  ['["a.b"]', ['a.b']],
  ['.é', ['é']],
  ['', undefined],
  ['..a', undefined],
  ['a.', undefined],
  ['.a b', undefined],
  ['.a[', undefined],
  ['.a[x]', undefined],
  ['.a]', undefined],
  ['.a'.repeat(1000), undefined],
];
for (const [text, steps] of PATHS) t.same(parseJsonPath(text), steps, text.slice(0, 30));

const VALUE = { a: { b: [1, { c: 2 }, null], d: false }, 'x y': 'z', list: [[1], [2, 3]] };

const FOUND: [text: string, values: unknown[]][] = [
  ['.', [VALUE]],
  ['.a.d', [false]],
  ['.a.b[0]', [1]],
  ['.a.b[-1]', [null]],
  ['.a.b.1.c', [2]],
  ['.a.b[3]', []],
  ['.a.b.c', []],
  ['.a.b[*].c', [2]],
  ['.list[*][*]', [1, 2, 3]],
  ['.a.*', [VALUE.a.b, false]],
  ['["x y"]', ['z']],
  ['.toString', []],
  ['.a.b.length', []],
  ['.a.d.e', []],
  ['.nothing', []],
];
for (const [text, values] of FOUND) {
  const found: unknown[] = [];
  someAtPath(VALUE, parseJsonPath(text)!, (value) => found.push(value) === 0);
  t.same(found, values, text);
}
