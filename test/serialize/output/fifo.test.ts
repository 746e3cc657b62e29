import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FifoSink, isFifo, readFifo } from '../../../src/serialize/output/fifo.js';
import { needs } from '../../e2e/support/command.js';
import { folder } from '../../support/folder.js';

t.test('named pipes', needs('mkfifo'), async (t) => {
  const dir = folder(t);
  const path = join(dir, 'pipe');
  execFileSync('mkfifo', [path]);
  writeFileSync(join(dir, 'file'), '');
  t.same([await isFifo(path), await isFifo(join(dir, 'file')), await isFifo(join(dir, 'none'))], [true, false, false]);

  const waiting: string[] = [];
  const opening = FifoSink.open(path, { onWaiting: (pipe) => waiting.push(pipe) });
  const reader = await readFifo(path);
  const sink = await opening;
  t.ok(waiting.length <= 1, 'said once at most');
  const chunks: Buffer[] = [];
  reader.on('data', (chunk: Buffer) => chunks.push(chunk));
  const large = Buffer.alloc(300_000, 'x');
  const written = new Promise((resolve) => sink.write([Buffer.from('a'), large], resolve));
  t.notOk(await written);
  t.equal(sink.size, 300_001);
  t.equal(await sink.isInPlace(), true);
  renameSync(path, join(dir, 'moved'));
  t.equal(await sink.isInPlace(), false);
  const ended = new Promise((resolve) => reader.on('close', resolve));
  await sink.close();
  await ended;
  t.equal(Buffer.concat(chunks).length, 300_001, 'the end of the writer is the end of the pipe');
});

t.test('a reader that leaves', needs('mkfifo'), async (t) => {
  const path = join(folder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const sink = await FifoSink.open(path);
  closeSync(reader);
  const error = await new Promise<Error | null | undefined>((resolve) => sink.write([Buffer.from('a')], resolve));
  t.equal((error as NodeJS.ErrnoException).code, 'EPIPE');
  await sink.close();
});

t.test('the wait for a reader can be ended', needs('mkfifo'), async (t) => {
  const path = join(folder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const stopped = new AbortController();
  const waiting: string[] = [];
  const onWaiting = (pipe: string): void => {
    waiting.push(pipe);
    stopped.abort();
  };
  await t.rejects(FifoSink.open(path, { onWaiting, signal: stopped.signal }), { name: 'OutputError' });
  t.same(waiting, [path]);
});
