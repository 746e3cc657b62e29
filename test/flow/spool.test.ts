import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ByteLog } from '../../src/flow/bytelog.js';
import { SpoolPolicy } from '../../src/flow/spool.js';
import { Random } from '../support/random.js';
import { until } from '../support/until.js';

const KIB = 1024;

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'tsdump-test-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function content(log: ByteLog): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of log.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

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

t.test('in memory up to the threshold, then on disk, in order', async (t) => {
  const random = new Random(8);
  for (const total of [0, 1, 999, 1000, 1001, 5000, 100_000]) {
    const policy = new SpoolPolicy({ dir: folder(t), memoryPerBody: 1000 });
    const log = new ByteLog(policy);
    const parts: Buffer[] = [];
    for (let left = total; left > 0; ) {
      const part = random.bytes(Math.min(left, 1 + random.below(700)));
      left -= part.length;
      parts.push(part);
      if (!log.append(part)) await log.drained();
    }
    const all = Buffer.concat(parts);
    t.same(await content(log), all, `${total} bytes`);
    t.same(await content(log), all, 'again');
    t.equal(log.size, total);
    t.equal(policy.inMemory, total <= 1000 ? total : 0);
    t.same(log.buffer, total <= 1000 ? all : undefined);
    log.release();
    log.release();
    t.equal(policy.inMemory, 0);
  }
});

t.test('the same bytes have the same checksum, wherever they are', async (t) => {
  const small = new ByteLog(new SpoolPolicy({ memoryPerBody: 1 }));
  const large = new ByteLog(new SpoolPolicy());
  for (const part of ['hello ', 'wor', 'ld']) {
    small.append(Buffer.from(part));
    large.append(Buffer.from(part));
  }
  t.equal(small.crc, 0x0d4a1185);
  t.equal(large.crc, 0x0d4a1185);
  small.release();
});

t.test('chunks are not copied while they are in memory', async (t) => {
  const log = new ByteLog(new SpoolPolicy());
  const chunk = Buffer.from('abc');
  log.append(chunk);
  t.equal(log.buffer, chunk);
});

t.test('what is appended while it is read is not given out', async (t) => {
  for (const memoryPerBody of [10, 1000]) {
    const log = new ByteLog(new SpoolPolicy({ dir: folder(t), memoryPerBody }));
    for (const part of ['aaaaaaaa', 'bbbbbbbb']) log.append(Buffer.from(part));
    let found = '';
    for await (const chunk of log.read()) {
      found += chunk;
      log.append(Buffer.from('cccccccc'));
    }
    t.equal(found, 'aaaaaaaabbbbbbbb');
    log.release();
  }
});

t.test('the file has no name', async (t) => {
  const dir = folder(t);
  const log = new ByteLog(new SpoolPolicy({ dir, memoryPerBody: 10 }));
  log.append(Buffer.alloc(100));
  t.same(readdirSync(dir), []);
  t.equal((await content(log)).length, 100);
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
    t.equal(openIn(dir), 1, 'somebody reads');
    let size = (first.value as Buffer).length;
    for await (const chunk of reader) size += chunk.length;
    t.equal(size, 600 * KIB, 'what was begun is read to its end');
    await until(() => openIn(dir) === 0, 'the file to be closed');
    await t.rejects(content(log), { message: 'The body is no longer kept' });
  },
);

t.test('a log in memory can be read after it was given back', async (t) => {
  const log = new ByteLog(new SpoolPolicy());
  log.append(Buffer.from('abc'));
  log.release();
  t.equal((await content(log)).toString(), 'abc');
});

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
  for (const [at, log] of logs.entries()) t.same(await content(log), Buffer.alloc(sizes[at]! * KIB, sizes[at]));
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

t.test('whoever appends faster than the disk is told to wait', async (t) => {
  const log = new ByteLog(new SpoolPolicy({ dir: folder(t), memoryPerBody: 10 }));
  let appended = 0;
  while (log.append(Buffer.alloc(64 * KIB, appended % 251))) appended++;
  t.ok(appended < 100, 'soon');
  await log.drained();
  t.equal(log.append(Buffer.alloc(1)), true, 'and then not any more');
  t.equal((await content(log)).length, (appended + 1) * 64 * KIB + 1);
  log.release();
});

t.test('a folder that takes no file: the reason comes to whoever waits or reads, nobody is thrown at', async (t) => {
  const policy = new SpoolPolicy({ dir: join(folder(t), 'missing'), memoryPerBody: 10, memoryTotal: 100 });
  const log = new ByteLog(policy);
  t.equal(log.append(Buffer.alloc(11)), false);
  t.equal(log.append(Buffer.alloc(11)), false);
  await t.rejects(log.drained(), { code: 'ENOENT' });
  await t.rejects(content(log), { code: 'ENOENT' });
  t.equal(policy.inMemory, 0);
  log.release();
});

t.test('a disk that is full while it is written', { skip: !existsSync('/bin/bash') && 'no bash' }, async (t) => {
  // Files of this process cannot become larger than 512 KiB; the write that reaches it is cut short, the next one fails.
  const script = `
    import { ByteLog } from '${new URL('../../src/flow/bytelog.js', import.meta.url)}';
    import { SpoolPolicy } from '${new URL('../../src/flow/spool.js', import.meta.url)}';
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

t.test('a file for others is readable by us only, and has no name', async (t) => {
  const dir = folder(t);
  const fd = new SpoolPolicy({ dir }).openFile();
  const { mode, nlink } = fstatSync(fd);
  t.same([mode & 0o777, nlink, readdirSync(dir)], [0o600, 0, []]);
  closeSync(fd);
  t.throws(() => new SpoolPolicy({ dir: join(dir, 'none') }).openFile(), { code: 'ENOENT' });
});
