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
  const curl: [string, string[]] = ['e2e/curl.test.js', ['e2e/curl.test.js']];
  const tcp: [string, string[]] = ['e2e/tcp.test.js', ['e2e/tcp.test.js']];
  t.same(find(), [curl, tcp, tls, engine, ['.', ['imports.test.js']]]);
  t.same(find('test/engine'), [tls, engine]);
  t.same(find('dist/test/engine/tls/'), [tls]);
  t.same(find('test/engine/tls/a.test.ts', 'test/e2e/tcp.test.ts'), [tcp, ['engine/tls', ['engine/tls/a.test.js']]]);
  t.same(find('dist/test/engine/c.test.js', 'test/engine/c.test.ts'), [engine]);
  t.same(find('test'), find());
  for (const path of ['test/none', 'test/engine/support.ts', 'src/engine', 'test/eng', '..'])
    t.throws(() => find(path), path);
});
