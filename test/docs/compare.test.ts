import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseRule } from '../../src/compare/rules/parse-rule.js';
import { parseRuleFile } from '../../src/compare/rules/rule-file.js';
import { SHAPES } from '../../src/compare/rules/shapes.js';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/compare.md'), 'utf8');

t.test('rules of the table are rules', async (t) => {
  const table = PAGE.slice(PAGE.indexOf('| rule |'), PAGE.indexOf('Shapes are'));
  const rules = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, rule]) => rule!);
  t.ok(rules.length >= 10);
  for (const rule of rules) t.doesNotThrow(() => parseRule(rule, 'docs'), rule);
});

t.test('rules of commands are rules', async (t) => {
  const rules = [...PAGE.matchAll(/--ignore '([^']+)'/g)].map(([, rule]) => rule!);
  t.ok(rules.length > 0);
  for (const rule of rules) t.doesNotThrow(() => parseRule(rule, 'docs'), rule);
});

t.test('files are files of rules', async (t) => {
  const files = [...PAGE.matchAll(/```yaml\n(.*?)```/gs)].map(([, file]) => file!);
  t.same(
    files.map((file) => parseRuleFile(file, 'docs').length),
    [6, 2],
  );
});

t.test('all shapes are named', async (t) => {
  const line = PAGE.slice(PAGE.indexOf('Shapes are'), PAGE.indexOf('A shape demands'));
  for (const shape of Object.keys(SHAPES)) t.ok(line.includes(`\`${shape}\``), shape);
});
