import t from 'tap';
import { ByteLog } from '../../../src/flow/body/byte-log.js';
import { collect } from '../../../src/flow/body/content-coding.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { folder } from '../../support/folder.js';
import { collected, liveBytes } from '../../support/live-memory.js';
import { Random } from '../../support/random.js';

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
    t.same(await collect(log.read()), all, `${total} bytes`);
    t.same(await collect(log.read()), all, 'again');
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

t.test('bytes appended during a read are not part of it', async (t) => {
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

t.test('a log in memory can be read after it was given back', async (t) => {
  const log = new ByteLog(new SpoolPolicy());
  log.append(Buffer.from('abc'));
  log.release();
  t.equal((await collect(log.read())).toString(), 'abc');
});

t.test('logs on disk share memory for waiting bytes, and keep their own', async (t) => {
  for (const encrypted of [false, true]) {
    const random = new Random(9);
    const policy = new SpoolPolicy({ dir: folder(t), memoryPerBody: 1000, encrypted });
    const memory = Buffer.alloc(10_000);
    for (let round = 0; round < 3; round++) {
      const logs = [1, 2, 3, 4].map(() => ({ log: new ByteLog(policy), parts: [] as Buffer[] }));
      // More than a block each, in turn. The parts are changed afterwards: the sender may use their memory again.
      for (let count = 0; count < 60; count++) {
        for (const { log, parts } of logs) {
          const part = random.bytes(1 + random.below(30_000));
          parts.push(Buffer.from(part));
          const keepsUp = log.append(part);
          if (log.inMemory === 0) part.fill(0);
          if (!keepsUp) await log.drained();
        }
      }
      logs.pop()!.log.release();
      for (const { log, parts } of logs) {
        const all = Buffer.concat(parts);
        t.same(await collect(log.read()), all);
        const found: Buffer[] = [];
        for await (const chunk of log.readInto(memory)) found.push(Buffer.from(chunk));
        t.same(Buffer.concat(found), all, 'in memory that is used again');
        t.equal(found[0]?.length, memory.length);
        log.release();
      }
    }
  }
});

t.test('many small chunks take little more memory than their bytes', async (t) => {
  const size = 200_000;
  const log = new ByteLog(new SpoolPolicy({ memoryPerBody: size }));
  const read = Buffer.alloc(64 * 1024, 'x');
  await collected();
  const before = liveBytes();
  // As the parts of a body in chunks of one byte, which are views of what was read from the socket.
  for (let at = 0; at < size; at++) log.append(read.subarray(at % read.length, (at % read.length) + 1));
  await collected();
  // A buffer for each of them would take 100 times their bytes.
  t.ok(liveBytes() - before < 10 * size);
  t.same(await collect(log.read()), Buffer.alloc(size, 'x'));
  t.equal(log.buffer!.length, size);
  await collected();
  t.ok(liveBytes() - before < 2 * size, 'one copy, when they are read as one buffer');
});

t.test('small chunks among large ones, read while others are appended', async (t) => {
  const random = new Random(9);
  const log = new ByteLog(new SpoolPolicy({ memoryPerBody: 10_000_000 }));
  const parts: Buffer[] = [];
  const snapshots: [number, ReturnType<ByteLog['snapshot']>][] = [];
  for (let count = 0; count < 2000; count++) {
    const part = random.bytes(random.below(20) === 0 ? 3000 : 1 + random.below(200));
    parts.push(part);
    log.append(part);
    if (count % 97 === 0) snapshots.push([count, log.snapshot()]);
    if (count === 1000) t.same(log.buffer, Buffer.concat(parts), 'joined');
  }
  const until = (count: number): Buffer => Buffer.concat(parts.slice(0, count + 1));
  for (const [count, snapshot] of snapshots) t.ok((await collect(snapshot.read())).equals(until(count)));
  t.ok(log.buffer?.equals(Buffer.concat(parts)));
});
