import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openFlowFile } from '../../../src/serialize/flow-file.js';
import { FileLock } from '../../../src/serialize/output/file-lock.js';
import { failOnError, readAll } from '../flows.js';
import { plainHttpFlow } from '../sample-flows.js';

const LINUX = { skip: process.platform !== 'linux' && 'abstract sockets are of Linux' };

const folder = t.testdir({ 'a.bin': 'TSF1', 'b.bin': 'TSF1' });
const [a, b] = [join(folder, 'a.bin'), join(folder, 'b.bin')];

t.test('a file is claimed once at a time', LINUX, async (t) => {
  const claim = await FileLock.take(a);
  await t.rejects(FileLock.take(join(folder, '.', 'a.bin')), { message: 'another tsdump is writing to it' });
  const other = await FileLock.take(b);
  t.ok(other);
  await other!.release();
  await claim!.release();
  const again = await FileLock.take(a);
  t.ok(again);
  await again!.release();
});

t.test('files that cannot be locked', async (t) => {
  for (const path of [join(folder, 'none.bin'), '/dev/null', folder]) t.equal(await FileLock.take(path), undefined);
});

t.test('a file that is being written', LINUX, async (t) => {
  const path = join(folder, 'flows.bin');
  const options = { format: 'native', fsync: false, onWarning: t.fail, onError: failOnError } as const;
  for (const append of [false, true]) {
    rmSync(path, { force: true });
    if (append) writeFileSync(path, '');
    const { writer } = await openFlowFile(path, { ...options, append });
    await writer.write(plainHttpFlow('/1'));
    for (const append of [false, true]) {
      await t.rejects(openFlowFile(path, { ...options, append }), {
        name: 'OutputError',
        message: `Cannot write ${path}: another tsdump is writing to it`,
      });
    }
    await writer.close();
    t.equal((await readAll(path)).flows.length, 1, 'was left alone');
    const next = await openFlowFile(path, { ...options, append: true });
    await next.writer.close();
  }
});

t.test('an attempt that failed claims nothing', LINUX, async (t) => {
  writeFileSync(a, 'text');
  const options = { format: 'native', fsync: false, onWarning: t.fail, onError: failOnError } as const;
  for (const _attempt of [1, 2]) {
    await t.rejects(openFlowFile(a, { ...options, append: true }), { message: /it is text/ });
  }
});
