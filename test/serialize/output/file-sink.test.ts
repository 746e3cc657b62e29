import { chmodSync, linkSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FileSink, type FileSinkOptions } from '../../../src/serialize/output/file-sink.js';
import { OutputError, type Sink } from '../../../src/serialize/output/sinks.js';

const folder = t.testdir({ text: 'some text' });

function write(sink: Sink, ...chunks: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(
      chunks.map((chunk) => Buffer.from(chunk)),
      (error) => (error ? reject(error) : resolve()),
    );
  });
}

async function writeTo(path: string, chunks: string[], options?: FileSinkOptions): Promise<string> {
  const sink = await FileSink.open(path, options);
  await write(sink, ...chunks);
  t.equal(sink.size, statSync(path).size);
  await sink.close();
  return readFileSync(path, 'latin1');
}

function settle(sink: Sink): Promise<void> {
  return new Promise((resolve, reject) => sink.settle!((error) => (error ? reject(error) : resolve())));
}

t.test('a file is created anew, for its owner only', async (t) => {
  const path = join(folder, 'new');
  t.equal(await writeTo(path, ['one', '', 'two']), 'onetwo');
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(await writeTo(path, ['x']), 'x');
});

t.test('or appended to', async (t) => {
  const path = join(folder, 'appended');
  t.equal(await writeTo(path, ['a'], { append: true }), 'a');
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(await writeTo(path, ['b', 'c'], { append: true }), 'abc');
});

t.test('with fsync it does the same', async (t) => {
  const path = join(folder, 'synced');
  const sink = await FileSink.open(path, { fsync: true });
  await write(sink, 'one');
  await settle(sink);
  await write(sink, 'two');
  await sink.close();
  t.equal(readFileSync(path, 'latin1'), 'onetwo');
});

t.test('truncation removes the last write', async (t) => {
  const path = join(folder, 'cut');
  writeFileSync(path, 'before');
  const sink = await FileSink.open(path, { append: true });
  await write(sink, 'one', 'two');
  await sink.cut(9);
  t.equal(sink.size, 9);
  await write(sink, '!');
  await sink.close();
  t.equal(readFileSync(path, 'latin1'), 'beforeone!');
});

t.test('another process empties the file', async (t) => {
  const path = join(folder, 'emptied');
  const sink = await FileSink.open(path);
  await write(sink, 'one');
  truncateSync(path);
  await write(sink, 'two');
  await sink.close();
  t.equal(readFileSync(path, 'latin1'), 'two', 'no hole comes about');
});

t.test('another process moves the file', async (t) => {
  const path = join(folder, 'moved');
  const sink = await FileSink.open(path);
  t.equal(await sink.isInPlace(), true);
  renameSync(path, `${path}.1`);
  t.equal(await sink.isInPlace(), false);
  writeFileSync(path, 'another');
  t.equal(await sink.isInPlace(), false);
  await write(sink, 'one');
  await sink.close();
  t.equal(readFileSync(`${path}.1`, 'latin1'), 'one');
});

t.test('another process deletes the file', async (t) => {
  const path = join(folder, 'deleted');
  const lost = { message: 'the file was deleted while it was written' };
  const sink = await FileSink.open(path);
  rmSync(path);
  await t.rejects(untilSettleFails(sink), lost, 'which is noticed while flows are written');
  await t.rejects(sink.close(), lost, 'and when the file is closed');

  const linked = await FileSink.open(path);
  linkSync(path, `${path}.link`);
  rmSync(path);
  await write(linked, 'one');
  await linked.close();
  t.equal(readFileSync(`${path}.link`, 'latin1'), 'one', 'it has another name');

  const empty = await FileSink.open(path);
  rmSync(path);
  await empty.close();
  const meant = await FileSink.open(path);
  await write(meant, 'one');
  t.equal(await meant.forgetIfDeleted(), false);
  rmSync(path);
  t.equal(await meant.forgetIfDeleted(), true);
  await meant.close();
});

async function untilSettleFails(sink: Sink): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    await write(sink, 'x');
    await settle(sink);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

t.test('outputs that cannot be opened', async (t) => {
  const cases: [path: string, code: string, reason: RegExp][] = [
    [folder, 'EISDIR', /it is a folder/],
    [join(folder, 'no', 'such'), 'ENOENT', /no such file or directory/],
    [join(folder, 'text', 'such'), 'ENOTDIR', /not a folder/],
  ];
  for (const [path, code, reason] of cases) {
    await t.rejects(FileSink.open(path), { name: 'OutputError', code, path, message: reason });
  }
});

t.test('a file that may not be written', async (t) => {
  const path = join(folder, 'locked');
  writeFileSync(path, '');
  chmodSync(path, 0o400);
  // Root may write everything, so the test drops its privileges for a moment.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid!(65534);
  try {
    await t.rejects(FileSink.open(path), { code: 'EACCES', message: /permission denied/ });
  } finally {
    if (isRoot) process.seteuid!(0);
  }
});

t.test('many chunks are one write', async (t) => {
  const chunks = Array.from({ length: 5000 }, (_, at) => `${at},`);
  t.equal(await writeTo(join(folder, 'many'), chunks), chunks.join(''));
});

t.test('a full disk', async (t) => {
  const sink = await FileSink.open('/dev/full');
  t.equal(sink.isRegular, false);
  await t.rejects(write(sink, 'x'), { code: 'ENOSPC' });
  await sink.cut(0);
  await settle(sink);
  await sink.close();
  const error = new OutputError('/dev/full', Object.assign(new Error('x'), { code: 'ENOSPC', errno: -28 }));
  t.match(error, { code: 'ENOSPC', message: 'Cannot write /dev/full: no space left on device (ENOSPC)' });
  t.match(new OutputError('x', 'why'), { code: undefined, message: 'Cannot write x: why' });
});
