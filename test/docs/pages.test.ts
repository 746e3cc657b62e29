import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { brokenLinks } from '../e2e/support/links.js';

const ROOT = join(import.meta.dirname, '../../..');
/** Columns of a line; a longer one is hard to read and to compare. */
const WIDTH = 140;

const list = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...list('docs').filter((path) => path.endsWith('.md')),
  'bench/README.md',
];
const files = [...readdirSync(ROOT), ...list('docs'), ...list('bench'), ...list('examples')];

t.test('links of pages lead to files and headings', async (t) => {
  t.strictSame(brokenLinks(ROOT, files), []);
});

t.test('README.md leads to every page', async (t) => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const missing = pages.filter((page) => page.includes('/') && !readme.includes(`](${page})`));
  t.strictSame(missing, []);
});

t.test(`lines of pages have at most ${WIDTH} characters`, async (t) => {
  for (const page of pages) {
    const lines = readFileSync(join(ROOT, page), 'utf8').split('\n');
    // The row of a table cannot be wrapped.
    const long = lines.flatMap((line, at) =>
      line.length > WIDTH && !line.startsWith('|') ? [`line ${at + 1}: ${line.length}`] : [],
    );
    t.strictSame(long, [], page);
  }
});
