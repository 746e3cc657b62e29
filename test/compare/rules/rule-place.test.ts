import t from 'tap';
import { PathTrie } from '../../../src/compare/json/path-trie.js';
import { AppliedRules } from '../../../src/compare/rules/applied-rules.js';
import { parseRule } from '../../../src/compare/rules/parse-rule.js';
import type { RulePlace } from '../../../src/compare/rules/rule-place.js';
import { parsePath } from '../../../src/json-path/index.js';

const PLAIN = [
  '$',
  '.',
  '$.a',
  '.a',
  '$.a.b',
  '.a[*].b',
  '$[0]',
  '$[*].a',
  '$.*',
  '.*.*',
  '$..a',
  '$..a..b',
  '$..*',
  '$..[1]',
  '$.a[*]..b',
  "$['0']",
  "$['__proto__']",
];

const OTHERS = ['.a.0', '.a[0]', '.a[-1]', '$[-1]', '$[0,1]', "$['a','b']", '$[1:]', '$[?@.a]', '$..[?@.a == 1]'];

const DOCUMENTS = [
  '1',
  'null',
  '[]',
  '{"a":1,"b":{"a":2}}',
  '{"a":[{"a":1,"b":2},{"b":[1,2,3]},4],"0":5}',
  '[{"a":{"b":{"a":{"b":{"a":{"b":1}}}}}},[1,[2,[3]]]]',
  '{"__proto__":{"a":1},"a":{"a":{"a":{"b":1,"a":{"b":2}}}}}',
];

/** Each location with the rules that select it. */
function selected(value: unknown, place: RulePlace | undefined, path = '$'): string[] {
  const own = place?.rules.map(({ text }) => `${path} ${text}`) ?? [];
  if (typeof value !== 'object' || value === null) return own;
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  const values = value as Record<string | number, unknown>;
  return [...own, ...keys.flatMap((key) => selected(values[key], place?.at(key), `${path}/${key}`))];
}

t.test('places of plain paths are those that the paths select', async (t) => {
  for (const paths of [PLAIN, ...PLAIN.map((path) => [path])]) {
    const { plainRoot, paths: pathRules } = new AppliedRules(
      paths.map((path) => parseRule(path, 'test')),
      () => {},
    );
    t.ok(plainRoot, 'they are plain');
    for (const text of DOCUMENTS) {
      const document: unknown = JSON.parse(text);
      const expected = [...new Set(selected(document, PathTrie.of(document, pathRules)))];
      t.same(selected(document, plainRoot), expected, `${paths} in ${text}`);
    }
  }
});

t.test('paths whose selection depends on the document', async (t) => {
  for (const path of OTHERS) {
    t.equal(parsePath(path).plainSteps, undefined, path);
    const rules = ['$.a', path].map((each) => parseRule(each, 'test'));
    t.equal(new AppliedRules(rules, () => {}).plainRoot, undefined);
  }
});

t.test('many descendants in a deep document', async (t) => {
  const { plainRoot } = new AppliedRules([parseRule('$..*..*..*..*..*..*', 'test')], () => {});
  let place = plainRoot;
  for (let depth = 0; depth < 10_000; depth++) place = place?.at('a');
  t.equal(place?.rules.length, 1);
});
