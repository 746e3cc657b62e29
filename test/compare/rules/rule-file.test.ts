import t from 'tap';
import { parseRuleFile, RuleFileError } from '../../../src/compare/rules/rule-file.js';

t.test('rules, and rules of filters', async (t) => {
  const file = `# noise of staging
- header:X-Request-Id   # made by nginx
- type:uuid $.id
- "/a: b/"
- ~d api.example.com & ~u /orders:
    - $.price
    - order:$.tags
- ~d other: $.x
- ~u a : $.y
- "!~u b : $.z"
`;
  const rules = parseRuleFile(file, 'rules.yaml');
  t.same(
    rules.map(({ text, origin, filter }) => [text, origin, filter?.text]),
    [
      ['header:X-Request-Id', 'rules.yaml:2', undefined],
      ['type:uuid $.id', 'rules.yaml:3', undefined],
      ['/a: b/', 'rules.yaml:4', undefined],
      ['~d api.example.com & ~u /orders : $.price', 'rules.yaml:6', '~d api.example.com & ~u /orders'],
      ['~d api.example.com & ~u /orders : order:$.tags', 'rules.yaml:7', '~d api.example.com & ~u /orders'],
      ['~d other : $.x', 'rules.yaml:8', '~d other'],
      ['~u a : $.y', 'rules.yaml:9', '~u a'],
      ['!~u b : $.z', 'rules.yaml:10', '!~u b'],
    ],
  );
  for (const empty of ['', '# nothing\n', '---\n', '[]']) t.same(parseRuleFile(empty, 'empty.yaml'), []);
});

const INVALID: [file: string, line: number, column: number][] = [
  ['- header:a\n- price\n', 2, 3],
  ['- header:a\n-   $.a[\n', 2, 9],
  ['- "/a(b/"\n', 1, 6],
  ['- ~d api:\n    - $.a\n    - type:uid\n', 3, 12],
  ['- ~d api:\n    - x: y\n', 2, 7],
  ['- ~foo: $.a\n', 1, 3],
  ['- ~d\n', 1, 3],
  ['- 7\n', 1, 3],
  ['-\n', 1, 2],
  ['rules: x\n', 1, 1],
  ['- [a]\n', 1, 3],
  ['- a: [\n', 2, 1],
  ['- "a\n', 2, 1],
  ['- é: $.x\n- ~d é: $.a[\n', 2, 13],
];
for (const [file, line, column] of INVALID) {
  try {
    parseRuleFile(file, 'rules.yaml');
    t.fail(file);
  } catch (error) {
    t.ok(error instanceof RuleFileError, file);
    const { line: foundLine, column: foundColumn } = error as RuleFileError;
    t.same([foundLine, foundColumn], [line, column], JSON.stringify(file));
  }
}
