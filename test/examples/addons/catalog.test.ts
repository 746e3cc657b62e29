import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { EXAMPLES, ROOT } from './support.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const tests = readdirSync(join(ROOT, 'test/examples/addons'))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => read(`test/examples/addons/${name}`))
  .join('');

t.test('the table in docs/addons.md has each example', async (t) => {
  const rows = [
    ...read('docs/addons.md').matchAll(/^\| \[([\w-]+)\]\(\.\.\/examples\/addons\/([\w/-]+)\.ts\) \| .+ \|$/gm),
  ];
  t.same(rows.map(([, , path]) => path).sort(), [...EXAMPLES].sort());
  t.ok(rows.every(([, name, path]) => path!.endsWith(`/${name}`)));
});

for (const example of EXAMPLES) {
  t.test(example, async (t) => {
    const lines = read(`examples/addons/${example}.ts`).trimEnd().split('\n');
    const name = example.split('/')[1]!;
    t.ok(lines.length >= 10 && lines.length <= 60, `${lines.length} lines`);
    const comment = lines.slice(
      0,
      lines.findIndex((line) => !line.startsWith('//')),
    );
    t.match(
      comment.join('\n'),
      new RegExp(`^// [A-Z][^]*\n//   tsdump .*${name}\\.ts`),
      'it says what it does, and how',
    );
    t.match(tests, name, 'a test runs it');
    t.ok(
      lines.some((line) => line.endsWith(" from 'tsdump';")),
      'it has types',
    );
  });
}
