import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ByteLog } from '../../../src/flow/body/byte-log.js';
import { collect } from '../../../src/flow/body/content-coding.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { folder } from '../../support/folder.js';
import { until } from '../../support/until.js';

const KIB = 1024;

/** Files that this process has open in a folder, by the system's word. */
function openIn(path: string): number {
  let count = 0;
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      if (execFileSync('readlink', [`/proc/${process.pid}/fd/${fd}`], { encoding: 'utf8' }).startsWith(path)) count++;
    } catch {}
  }
  return count;
}

t.test('the file has no name', async (t) => {
  const dir = folder(t);
  const log = new ByteLog(new SpoolPolicy({ dir, memoryPerBody: 10 }));
  log.append(Buffer.alloc(100));
  t.same(readdirSync(dir), []);
  t.equal((await collect(log.read())).length, 100);
  log.release();
});

t.test(
  'it is closed when the log is given back, at the latest when its readers have ended',
  { skip: !existsSync('/proc/self/fd') && 'no /proc' },
  async (t) => {
    const dir = folder(t);
    const log = new ByteLog(new SpoolPolicy({ dir, memoryPerBody: 10 }));
    log.append(Buffer.alloc(600 * KIB, 1));
    const reader = log.read();
    const first = await reader.next();
    log.release();
    t.equal(openIn(dir), 1, 'a reader is left');
    let size = (first.value as Buffer).length;
    for await (const chunk of reader) size += chunk.length;
    t.equal(size, 600 * KIB, 'what was begun is read to its end');
    await until(() => openIn(dir) === 0, 'the file to be closed');
    await t.rejects(collect(log.read()), { message: 'The body is no longer kept' });
  },
);

t.test('append returns false while the disk is behind', async (t) => {
  const log = new ByteLog(new SpoolPolicy({ dir: folder(t), memoryPerBody: 10 }));
  let appended = 0;
  while (log.append(Buffer.alloc(64 * KIB, appended % 251))) appended++;
  t.ok(appended < 100, 'soon');
  await log.drained();
  t.equal(log.append(Buffer.alloc(1)), true, 'and then not any more');
  t.equal((await collect(log.read())).length, (appended + 1) * 64 * KIB + 1);
  log.release();
});

t.test('a folder that cannot be written: waits and reads reject, appending does not throw', async (t) => {
  const policy = new SpoolPolicy({ dir: join(folder(t), 'missing'), memoryPerBody: 10, memoryTotal: 100 });
  const log = new ByteLog(policy);
  t.equal(log.append(Buffer.alloc(11)), false);
  t.ok(log.failed);
  t.equal(log.settled(), undefined);
  t.equal(log.append(Buffer.alloc(11)), false);
  await t.rejects(log.drained(), { code: 'ENOENT' });
  await t.rejects(collect(log.read()), { code: 'ENOENT' });
  t.equal(policy.inMemory, 0);
  log.release();
});

t.test('a disk that is full while it is written', { skip: !existsSync('/bin/bash') && 'no bash' }, async (t) => {
  // Files of this process cannot become larger than 512 KiB; the write that reaches it is cut short, the next one fails.
  const script = `
    import { ByteLog } from '${new URL('../../../src/flow/body/byte-log.js', import.meta.url)}';
    import { SpoolPolicy } from '${new URL('../../../src/flow/body/spool-policy.js', import.meta.url)}';
    const policy = new SpoolPolicy({ dir: ${JSON.stringify(folder(t))}, memoryPerBody: 10 });
    const small = new ByteLog(policy);
    small.append(Buffer.alloc(300 * 1024, 7));
    let size = 0;
    for await (const chunk of small.read()) size += chunk.length;
    const log = new ByteLog(policy);
    let waits = 0;
    const reasons = [];
    for (let count = 0; count < 64; count++) {
      if (log.append(Buffer.alloc(64 * 1024, count))) continue;
      waits++;
      await log.drained().catch((error) => reasons.push(error.code));
    }
    await log.drained().catch((error) => reasons.push(error.code));
    try { for await (const chunk of log.read()); } catch (error) { reasons.push(error.code); }
    log.release();
    console.log(JSON.stringify({ size, waited: waits > 0, reasons: [...new Set(reasons)], memory: policy.inMemory }));`;
  const output = execFileSync(
    '/bin/bash',
    [
      '-c',
      'trap "" XFSZ; ulimit -f 512; exec env -u NODE_OPTIONS "$0" --input-type=module -e "$1"',
      process.execPath,
      script,
    ],
    // The runner's hooks would write a file of their own, beyond the limit.
    { encoding: 'utf8' },
  );
  t.same(JSON.parse(output), { size: 300 * KIB, waited: true, reasons: ['EFBIG'], memory: 0 });
});
