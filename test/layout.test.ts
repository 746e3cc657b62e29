import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAX_FILES = 15;
const MAX_LINES = 300;

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
  (file) => extname(file) === '.ts',
);

t.test('folders of src are small', async (t) => {
  t.ok(sources.length > 100, 'the sources were found');
  const counts = new Map<string, number>();
  for (const file of sources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  const large = [...counts].filter(([, count]) => count > MAX_FILES);
  t.same(large, [], `at most ${MAX_FILES} files`);
});

t.test('files of src are short', async (t) => {
  const long = sources.filter(
    (file) => readFileSync(join(ROOT, 'src', file), 'utf8').split('\n').length - 1 > MAX_LINES,
  );
  t.same(long, [], `at most ${MAX_LINES} lines`);
});

t.test('the pages of the repository name files that exist', async (t) => {
  const known = [...sources, ...sources.map((file) => `src/${file}`)];
  for (const page of ['ARCHITECTURE.md', 'CONTRIBUTING.md']) {
    const text = readFileSync(join(ROOT, page), 'utf8').replace(/```.*?```/gs, '');
    const paths = [...text.matchAll(/`([a-z][a-z\d./-]*\.ts)`/g)].map(([, path]) => path!);
    t.ok(paths.length > 5, `${page} names files`);
    const missing = paths.filter((path) => !exists(path) && !known.some((file) => file.endsWith(`/${path}`)));
    t.same(missing, [], page);
  }
});

function exists(path: string): boolean {
  try {
    readFileSync(join(ROOT, path));
    return true;
  } catch {
    return false;
  }
}
