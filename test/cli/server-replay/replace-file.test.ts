import { appendFileSync, existsSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { replaceFile } from '../../../src/cli/server-replay/replace-file.js';
import { OutputError } from '../../../src/serialize/output/sinks.js';

const dir = t.testdir({});
let files = 0;

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
    t.notOk(existsSync(`${path}.new`));
  });
}

t.test('what a killed run has left is not used', async (t) => {
  const path = fresh();
  writeFileSync(`${path}.new`, 'left');
  await replaceFile(path, true, async (other) => appendFileSync(other, 'new'));
  t.equal(readFileSync(path, 'utf8'), 'new');
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
  t.notOk(existsSync(`${path}.new`));
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
