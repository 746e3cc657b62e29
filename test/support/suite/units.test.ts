import { join } from 'node:path';
import t from 'tap';
import { findUnits } from './units.js';

t.test('files by their folders', async (t) => {
  const root = t.testdir({
    'dist/test': {
      'imports.test.js': '',
      engine: { tls: { 'a.test.js': '', x509: { 'b.test.js': '' } }, 'c.test.js': '', 'support.js': '' },
      e2e: { 'curl.test.js': '', 'tcp.test.js': '' },
    },
  });
  const find = (...paths: string[]): [string, string[]][] =>
    findUnits(
      join(root, 'dist/test'),
      root,
      paths.map((path) => join(root, path)),
    ).map(({ name, files }) => [name, files]);
  const tls: [string, string[]] = ['engine/tls', ['engine/tls/a.test.js', 'engine/tls/x509/b.test.js']];
  const engine: [string, string[]] = ['engine', ['engine/c.test.js']];
  const e2e: [string, string[]] = ['e2e', ['e2e/curl.test.js', 'e2e/tcp.test.js']];
  t.same(find(), [e2e, tls, engine, ['.', ['imports.test.js']]]);
  t.same(find('test/engine'), [tls, engine]);
  t.same(find('dist/test/engine/tls/'), [tls]);
  t.same(find('test/engine/tls/a.test.ts', 'test/e2e/tcp.test.ts'), [
    ['e2e', ['e2e/tcp.test.js']],
    ['engine/tls', ['engine/tls/a.test.js']],
  ]);
  t.same(find('dist/test/engine/c.test.js', 'test/engine/c.test.ts'), [engine]);
  t.same(find('test'), find());
  for (const path of ['test/none', 'test/engine/support.ts', 'src/engine', 'test/eng', '..'])
    t.throws(() => find(path), path);
});

t.test('large folders are split, and those that take longest come first', async (t) => {
  const files = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}.test.js`, '']));
  const root = t.testdir({ 'dist/test': { a: files(3), b: files(10), c: files(8), e2e: files(1) } });
  const units = findUnits(join(root, 'dist/test'), root, []);
  t.same(
    units.map(({ name, files }) => [name, files.length]),
    [
      ['e2e', 1],
      ['c', 8],
      ['b, 1 of 2', 5],
      ['b, 2 of 2', 5],
      ['a', 3],
    ],
  );
  t.equal(new Set(units.flatMap(({ files }) => files)).size, 22);
});
