import t from 'tap';
import { locationOf, normalizedPath, PathError, parsePath } from '../../src/json-path/index.js';

const INVALID: [text: string, offset: number][] = [
  ['', 0],
  ['..a', 0],
  ['a.', 1],
  ['.a b', 2],
  ['.a[', 2],
  ['.a[x]', 2],
  ['.a]', 2],
  ['.a'.repeat(1000), 200],
];
for (const [text, offset] of INVALID) {
  try {
    parsePath(text);
    t.fail(text);
  } catch (error) {
    t.ok(error instanceof PathError, text);
    t.equal((error as PathError).offset, offset, text.slice(0, 30));
  }
}

const VALUE = { a: { b: [1, { c: 2 }, null], d: false }, 'x y': 'z', list: [[1], [2, 3]] };

const FOUND: [text: string, values: unknown[], paths?: string[]][] = [
  ['.', [VALUE], ['$']],
  ['a', [VALUE.a]],
  ['.a.d', [false], ["$['a']['d']"]],
  ['.a.b[0]', [1], ["$['a']['b'][0]"]],
  ['.a.b[-1]', [null], ["$['a']['b'][2]"]],
  ['.a.b.1.c', [2], ["$['a']['b'][1]['c']"]],
  ['.a.b[3]', []],
  ['.a.b[-4]', []],
  ['.a.b.c', []],
  ['.a.b[*].c', [2]],
  ['.list[*][*]', [1, 2, 3], ["$['list'][0][0]", "$['list'][1][0]", "$['list'][1][1]"]],
  ['.a.*', [VALUE.a.b, false]],
  ['.["x y"]', ['z']],
  ['.list.[1].[0]', [2]],
  ['["x y"]', ['z'], ["$['x y']"]],
  [".a['b\\'c']", []],
  ['.toString', []],
  ['.a.b.length', []],
  ['.a.d.e', []],
  ['.nothing', []],
];
for (const [text, values, paths] of FOUND) {
  const path = parsePath(text);
  const nodes = path.select(VALUE);
  t.same(
    nodes.map(({ value }) => value),
    values,
    text,
  );
  if (paths) t.same(nodes.map(locationOf).map(normalizedPath), paths, text);
  const seen: unknown[] = [];
  path.some(VALUE, (value) => seen.push(value) === 0);
  t.same(seen, values, text);
}
