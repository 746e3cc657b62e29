import { closeSync, fstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ByteLog } from '../../../src/flow/body/byte-log.js';
import { collect } from '../../../src/flow/body/content-coding.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { folder } from '../../support/folder.js';

const KIB = 1024;

t.test('beyond the cap over all logs the largest go to disk', async (t) => {
  const policy = new SpoolPolicy({ dir: folder(t), memoryPerBody: 100 * KIB, memoryTotal: 200 * KIB });
  const sizes = [5, 90, 20, 60, 20, 4];
  const logs = sizes.map((size) => {
    const log = new ByteLog(policy);
    log.append(Buffer.alloc(size * KIB, size));
    return log;
  });
  t.equal(policy.inMemory, 199 * KIB);
  t.equal(logs.filter((log) => log.inMemory > 0).length, 6, 'all in memory');
  const straw = new ByteLog(policy);
  straw.append(Buffer.alloc(2 * KIB));
  t.same(
    logs.map((log) => log.inMemory / KIB),
    [5, 0, 20, 60, 20, 4],
    'the largest is enough',
  );
  t.equal(policy.inMemory, 111 * KIB);
  for (const [at, log] of logs.entries()) t.same(await collect(log.read()), Buffer.alloc(sizes[at]! * KIB, sizes[at]));
  for (const log of [...logs, straw]) log.release();
  t.equal(policy.inMemory, 0);
});

t.test('logs that are too small to be worth a file stay in memory', async (t) => {
  const policy = new SpoolPolicy({ dir: folder(t), memoryTotal: 10 * KIB });
  const logs = Array.from({ length: 20 }, () => new ByteLog(policy));
  for (const log of logs) log.append(Buffer.alloc(1 * KIB));
  t.equal(policy.inMemory, 20 * KIB);
  for (const log of logs) log.release();
  t.equal(policy.inMemory, 0);
});

t.test('a file for others is readable by us only, and has no name', async (t) => {
  const dir = folder(t);
  const { fd } = new SpoolPolicy({ dir }).openFile();
  const { mode, nlink } = fstatSync(fd);
  t.same([mode & 0o777, nlink, readdirSync(dir)], [0o600, 0, []]);
  closeSync(fd);
  t.throws(() => new SpoolPolicy({ dir: join(dir, 'none') }).openFile(), { code: 'ENOENT' });
});
