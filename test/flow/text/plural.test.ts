import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { plural } from '../../../src/flow/text/plural.js';

t.test('numbers with their nouns', async (t) => {
  const table: [count: number, noun: string, nouns: string | undefined, text: string][] = [
    [0, 'flow', undefined, '0 flows'],
    [1, 'flow', undefined, '1 flow'],
    [2, 'flow', undefined, '2 flows'],
    [1, 'flow was', 'flows were', '1 flow was'],
    [3, 'flow was', 'flows were', '3 flows were'],
  ];
  for (const [count, noun, nouns, text] of table) t.equal(plural(count, noun, nouns), text);
});

t.test('no message counts without it', async (t) => {
  const source = new URL('../../../../src/', import.meta.url);
  // Constants are never 1.
  const counted =
    /\$\{(?![A-Z_]+\})[^}]*\} (?:more )?(?:flows|bytes|lines|messages|exchanges|connections|times|records)\b/;
  const found: string[] = [];
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const lines = readFileSync(new URL(file, source), 'utf8').split('\n');
    for (const line of lines) if (counted.test(line)) found.push(`${file}: ${line.trim()}`);
  }
  t.same(found, []);
});
