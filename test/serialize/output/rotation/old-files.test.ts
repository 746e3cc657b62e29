import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { removeOldFiles } from '../../../../src/serialize/output/rotation/old-files.js';

/** Makes files, each changed a second after the one before. @returns those that are left */
async function left(files: string[], pattern: string, keep: number, current?: string): Promise<string[]> {
  const tree: { [name: string]: string | { [name: string]: string } } = {};
  for (const file of files) {
    const [name, inner] = file.split('/') as [string, string | undefined];
    if (inner === undefined) tree[name] = '';
    else tree[name] = { ...(tree[name] as object), [inner]: '' };
  }
  const folder = t.testdir(tree);
  for (const [at, file] of files.entries()) utimesSync(join(folder, file), 1_700_000_000 + at, 1_700_000_000 + at);
  await removeOldFiles(join(folder, pattern), keep, (path) => path !== join(folder, current ?? ''));
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

t.test('the oldest by their stamps go', async (t) => {
  const stamped = [1, 2, 3, 4].map((day) => `flows.2026010${day}T000000.000Z.bin`);
  const others = [
    'flows.bin',
    'flows.20200101T000000.000Z.har',
    'flows.20200101T000000.000Z.bin.live',
    'flows.20200101T000000Z.bin',
    'flow.20200101T000000.000Z.bin',
    'xflows.20200101T000000.000Z.bin',
    'flows.x.20200101T000000.000Z.bin',
    'flowsx20200101T000000.000Zxbin',
  ];
  const files = [...stamped.toReversed(), ...others];
  t.same(await left(files, 'flows.bin', 2, 'flows.bin'), [...stamped.slice(2), ...others].sort());
  t.same(await left(files, 'flows.bin', 4, 'flows.bin'), files.toSorted());
  t.same(await left(files, 'none.bin', 1), files.toSorted());
});

t.test('with directives of strftime, all that they name', async (t) => {
  const files = [
    'f-01.bin',
    'f-02.bin',
    'f-03.20260101T000000.000Z.bin',
    'f-03.bin',
    'f-xx.bin',
    'f-1.bin',
    'g-01.bin',
  ];
  t.same(await left(files, 'f-%d.bin', 1, 'f-03.bin'), [
    'f-03.20260101T000000.000Z.bin',
    'f-03.bin',
    'f-1.bin',
    'f-xx.bin',
    'g-01.bin',
  ]);
});

t.test('in folders that change', async (t) => {
  const files = ['2025/12.bin', '2025/note.txt', '2026/01.bin', '2026/02.bin', 'old/01.bin', '2026/03.bin'];
  t.same(await left(files, '%Y/%m.bin', 1, '2026/03.bin'), [
    '2025/note.txt',
    '2026/02.bin',
    '2026/03.bin',
    'old/01.bin',
  ]);
});
