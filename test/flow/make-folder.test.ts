import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFolder } from '../../src/flow/make-folder.js';

const dir = t.testdir({});

t.test('creates a folder and its parents', async (t) => {
  const path = join(dir, 'a', 'b', 'c');
  await Promise.all([makeFolder(path, 0o700), makeFolder(path, 0o700)]);
  t.equal(statSync(path).mode & 0o777, 0o700);
  await makeFolder(path, 0o700);
  await makeFolder('/', 0o700);
  mkdirSync(join(dir, 'linked'));
  symlinkSync(join(dir, 'linked'), join(dir, 'link'));
  await makeFolder(join(dir, 'link', 'x'), 0o700);
  t.ok(existsSync(join(dir, 'linked', 'x')));
});

t.test('what cannot be created', async (t) => {
  writeFileSync(join(dir, 'file'), '');
  symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling'));
  await t.rejects(makeFolder(join(dir, 'file'), 0o700), { code: 'EEXIST' });
  await t.rejects(makeFolder(join(dir, 'file', 'x'), 0o700), { code: 'ENOTDIR' });
  await t.rejects(makeFolder(join(dir, 'dangling'), 0o700), { code: 'ENOENT' });
  await t.rejects(makeFolder(join(dir, 'dangling', 'x'), 0o700), { code: 'ENOENT' });
  await t.rejects(makeFolder('', 0o700), { code: 'ENOENT' });
});

t.test('a system that refuses with ENOENT', { skip: existsSync('/proc/self') ? false : 'no /proc' }, async (t) => {
  await t.rejects(makeFolder('/proc/none', 0o700), { code: 'ENOENT' });
  await t.rejects(makeFolder('/proc/none/folder', 0o700), { code: 'ENOENT' });
});
