import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { expandGlob, isGlob } from '../../../src/cli/read/glob.js';

const dir = t.testdir({
  'b.bin': '',
  'a.bin': '',
  'a.bin.live': '',
  'a.txt': '',
  'brace{1}.bin': '',
  '.hidden.bin': '',
  'x01.bin': '',
  'x02.bin': '',
  'x9.bin': '',
  'x10.bin': '',
  'x11.bin': '',
  'folder.bin': { 'inside.bin': '' },
  logs: { '2024': { 'c.bin': '', deep: { 'd.bin': '' } }, '2025': { 'c.bin': '' }, '.git': { 'e.bin': '' } },
});
symlinkSync(join(dir, 'logs/2024'), join(dir, 'logs/link'));
symlinkSync(dir, join(dir, 'logs/2025/circle'));

/** What is typed, and what it stands for. */
const CASES: [pattern: string, names: string][] = [
  ['*.bin', 'a.bin b.bin brace{1}.bin x01.bin x02.bin x10.bin x11.bin x9.bin'],
  ['?.bin', 'a.bin b.bin'],
  ['[ab].*', 'a.bin a.txt b.bin'],
  ['[!a].bin', 'b.bin'],
  ['{b,a}.{txt,bin}', 'a.bin a.txt b.bin'],
  ['x{9..11}.bin', 'x10.bin x11.bin x9.bin'],
  ['x{01..10}.bin', 'x01.bin x02.bin x10.bin'],
  ['x{2..1}.bin', ''],
  ['{a..b}.bin', 'a.bin b.bin'],
  ['.*.bin', '.hidden.bin'],
  ['*.live', 'a.bin.live'],
  ['a.bin*', 'a.bin'],
  ['logs/*/c.bin', 'logs/2024/c.bin logs/2025/c.bin logs/link/c.bin'],
  ['logs/**/*.bin', 'logs/2024/c.bin logs/2024/deep/d.bin logs/2025/c.bin'],
  ['logs/**', 'logs/2024/c.bin logs/2024/deep/d.bin logs/2025/c.bin'],
  ['logs/{2025,2024/deep}/*.bin', 'logs/2024/deep/d.bin logs/2025/c.bin'],
  ['logs/.git/*', 'logs/.git/e.bin'],
  ['logs/{.git,2025}/*', 'logs/.git/e.bin logs/2025/c.bin'],
  ['none/*.bin', ''],
  ['a.bin/*', ''],
  ['*.none', ''],
  ['f*.bin', ''],
  ['x{1..99999999}.bin', ''],
];
for (const [pattern, names] of CASES) {
  const expected = names === '' ? [] : names.split(' ');
  t.same(
    expandGlob(join(dir, pattern)),
    expected.map((name) => join(dir, name)),
    pattern,
  );
}

t.test('relative patterns', async (t) => {
  const before = process.cwd();
  process.chdir(dir);
  t.teardown(() => process.chdir(before));
  t.same(expandGlob('?.bin'), ['a.bin', 'b.bin']);
  t.same(expandGlob('./?.bin'), ['./a.bin', './b.bin']);
  t.same(expandGlob('logs/../?.bin'), ['a.bin', 'b.bin']);
  t.same(expandGlob('{a,b}.bin'), ['a.bin', 'b.bin']);
  t.same(expandGlob('**/d.bin'), ['logs/2024/deep/d.bin']);
});

for (const text of ['a*', 'a?', '[ab]', '{a,b}', 'a/**/b', '@(a|b)']) t.ok(isGlob(text), text);
for (const text of ['a', 'a/b.c', '/tmp/a-b', 'a!b', 'a{b', '~/a']) t.notOk(isGlob(text), text);
