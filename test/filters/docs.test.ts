import { readFileSync } from 'node:fs';
import t from 'tap';
import { filterHelp } from '../../src/filters/index.js';

const docs = readFileSync(new URL('../../../docs/filters.md', import.meta.url), 'utf8');

t.test('the documentation has the table of the program', (t) => {
  const operators = filterHelp()
    .split('\n')
    .filter((line) => line.startsWith('  ~'));
  t.ok(operators.length > 40);
  for (const line of operators) t.ok(docs.includes(line), line);
  t.end();
});
