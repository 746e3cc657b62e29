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
  const tls = ['engine/tls/a.test.js', 'engine/tls/x509/b.test.js'];
  const engine: [string, string[]] = ['engine', ['engine/c.test.js', ...tls]];
  const e2e: [string, string[]] = ['e2e', ['e2e/curl.test.js', 'e2e/tcp.test.js']];
  t.same(find(), [e2e, engine, ['.', ['imports.test.js']]]);
  t.same(find('test/engine'), [engine]);
  t.same(find('dist/test/engine/tls/'), [['engine', tls]]);
  t.same(find('test/engine/tls/a.test.ts', 'test/e2e/tcp.test.ts'), [
    ['e2e', ['e2e/tcp.test.js']],
    ['engine', ['engine/tls/a.test.js']],
  ]);
  t.same(find('dist/test/engine/c.test.js', 'test/engine/c.test.ts'), [['engine', ['engine/c.test.js']]]);
  t.same(find('test'), find());
  for (const path of ['test/none', 'test/engine/support.ts', 'src/engine', 'test/eng', '..'])
    t.throws(() => find(path), path);
});

t.test('large folders are split, and those that take longest come first', async (t) => {
  const files = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}.test.js`, '']));
  const root = t.testdir({ 'dist/test': { a: files(3), b: files(30), c: files(24), e2e: files(9) } });
  const units = findUnits(join(root, 'dist/test'), root, []);
  t.same(
    units.map(({ name, files }) => [name, files.length]),
    [
      ['e2e, 1 of 2', 5],
      ['e2e, 2 of 2', 4],
      ['c', 24],
      ['b, 1 of 2', 15],
      ['b, 2 of 2', 15],
      ['a', 3],
    ],
  );
  t.equal(new Set(units.flatMap(({ files }) => files)).size, 66);
});
