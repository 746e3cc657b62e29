import {
  appendFileSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { replaceFile } from '../../../src/cli/server-replay/replace-file.js';
import { OutputError } from '../../../src/serialize/output/sinks.js';

const dir = t.testdir({});
let files = 0;

/** The names of other files that begin with the name of this one. */
function besides(path: string): string[] {
  return readdirSync(dir).filter((name) => name.startsWith(`${basename(path)}.`));
}

function fresh(): string {
  return join(dir, `file-${files++}`);
}

for (const keepsContent of [true, false]) {
  t.test(`until it is complete, the old file is there, ${keepsContent ? 'added to' : 'anew'}`, async (t) => {
    const path = fresh();
    writeFileSync(path, 'old ', { mode: 0o640 });
    await replaceFile(path, keepsContent, async (other) => {
      appendFileSync(other, 'new');
      t.equal(readFileSync(path, 'utf8'), 'old ');
    });
    t.equal(readFileSync(path, 'utf8'), keepsContent ? 'old new' : 'new');
    t.equal(statSync(path).mode & 0o777, 0o640);
    t.same(besides(path), []);
  });
}

t.test('two programs that create the same file both add to it', async (t) => {
  const path = fresh();
  const add = (text: string) => replaceFile(path, true, async (other) => appendFileSync(other, text));
  await replaceFile(path, true, async (other) => {
    appendFileSync(other, 'one ');
    if (!existsSync(path)) await add('two ');
  });
  t.equal(readFileSync(path, 'utf8'), 'two one ');
  t.same(besides(path), []);
});

t.test('a failure leaves the old file', async (t) => {
  const path = fresh();
  writeFileSync(path, 'old');
  const failing = replaceFile(path, true, async (other) => {
    appendFileSync(other, 'new');
    throw new OutputError(other, new Error('no room'));
  });
  await t.rejects(failing, OutputError);
  t.equal(readFileSync(path, 'utf8'), 'old');
  t.same(besides(path), []);
});

t.test('a link is kept', async (t) => {
  const path = fresh();
  const link = fresh();
  writeFileSync(path, 'old ');
  symlinkSync(path, link);
  await replaceFile(link, true, async (other) => appendFileSync(other, 'new'));
  t.ok(lstatSync(link).isSymbolicLink());
  t.equal(readFileSync(path, 'utf8'), 'old new');
});

t.test('a link to a missing file is kept', async (t) => {
  const path = fresh();
  const link = fresh();
  symlinkSync(basename(path), link);
  t.equal(await replaceFile(link, true, async (other) => appendFileSync(other, 'new')), path);
  t.ok(lstatSync(link).isSymbolicLink());
  t.equal(readFileSync(path, 'utf8'), 'new');
});

t.test('other names of a file stay the same file', async (t) => {
  const path = fresh();
  const name = fresh();
  writeFileSync(path, 'old ');
  linkSync(path, name);
  await replaceFile(path, true, async (other) => appendFileSync(other, 'new'));
  t.equal(readFileSync(name, 'utf8'), 'old new');
});

t.test('the owner stays', { skip: process.getuid?.() !== 0 && 'needs the superuser' }, async (t) => {
  const path = fresh();
  writeFileSync(path, 'old ');
  chownSync(path, 1234, 1235);
  await replaceFile(path, true, async (other) => appendFileSync(other, 'new'));
  t.match(statSync(path), { uid: 1234, gid: 1235 });
});
