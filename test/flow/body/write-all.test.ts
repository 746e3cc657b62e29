import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { behind, writeAll } from '../../../src/flow/body/write-all.js';

type Written = [error: NodeJS.ErrnoException | null, count: number];

function write(fd: number, texts: string[], position: number | null): Promise<Written> {
  const chunks = texts.map((text) => Buffer.from(text));
  return new Promise((resolve) => writeAll(fd, chunks, position, (error, count) => resolve([error, count])));
}

t.test('the rest of chunks', async (t) => {
  const cases: [chunks: string, written: number, rest: string][] = [
    ['ab cd ef', 0, 'ab cd ef'],
    ['ab cd ef', 1, 'b cd ef'],
    ['ab cd ef', 2, 'cd ef'],
    ['ab cd ef', 5, 'f'],
    ['ab cd ef', 6, ''],
    ['', 0, ''],
  ];
  for (const [chunks, written, rest] of cases) {
    const of = (text: string) => text.split(' ').filter(Boolean);
    t.same(
      behind(of(chunks).map(Buffer.from as (text: string) => Buffer), written).map(String),
      of(rest),
      `${written}`,
    );
  }
});

t.test('to a place, and to the end', async (t) => {
  const path = join(t.testdir({ file: 'xxxxxx' }), 'file');
  const fd = openSync(path, 'r+');
  t.same(await write(fd, ['a', '', 'bc'], 2), [null, 3]);
  t.same(await write(fd, [], 0), [null, 0]);
  closeSync(fd);
  const end = openSync(path, 'a');
  t.same(await write(end, ['de'], null), [null, 2]);
  closeSync(end);
  t.equal(readFileSync(path, 'latin1'), 'xxabcxde');
});

const skip = spawnSync('mkfifo', ['--help']).status === 0 ? false : 'there is no mkfifo';

t.test('an error tells what was written before', { skip }, async (t) => {
  const path = join(t.testdir(), 'pipe');
  spawnSync('mkfifo', [path]);
  // A pipe that is not read takes what fits into it, and then nothing.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const texts = ['a'.repeat(10_000), 'b'.repeat(3_000_000)];
  const [error, count] = await write(fd, texts, null);
  t.equal(error?.code, 'EAGAIN');
  t.ok(count > 10_000 && count < 3_000_000, `${count}`);
  const read = Buffer.alloc(count + 1);
  let length = 0;
  while (length < count) length += readSync(fd, read, length, read.length - length, null);
  t.equal(length, count);
  t.equal(read.toString('latin1', 0, count), texts.join('').slice(0, count));
  closeSync(fd);
});
