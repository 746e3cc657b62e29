import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type FollowOptions, followFile } from '../../../src/serialize/input/follow-file.js';
import { folder } from '../../support/folder.js';
import { until } from '../../support/until.js';

/** Follows a file, and collects what it reads: the content of each file that had the name, and notes. */
function collect(t: Test, path: string, poll?: number) {
  const contents: string[] = [];
  const notes: string[] = [];
  const abort = new AbortController();
  const options: FollowOptions = {
    signal: abort.signal,
    onOpen: () => notes.push('open'),
    onWaiting: () => notes.push('waiting'),
    onTruncated: () => notes.push('truncated'),
    ...(poll === undefined ? {} : { poll }),
  };
  const run = async (): Promise<void> => {
    for await (const content of followFile(path, options)) {
      const at = contents.push('') - 1;
      for await (const chunk of content) contents[at] = `${contents[at]}${String(chunk)}`;
      notes.push('end');
    }
  };
  const done = run();
  t.teardown(() => abort.abort());
  const shows = (...expected: string[]): Promise<void> =>
    until(() => JSON.stringify(contents) === JSON.stringify(expected), `${expected} in ${contents}`);
  return { contents, notes, abort, done, shows };
}

t.test('a file that grows', async (t) => {
  const path = join(folder(t), 'x');
  writeFileSync(path, 'one ');
  const { notes, shows } = collect(t, path);
  await shows('one ');
  appendFileSync(path, 'two ');
  await shows('one two ');
  appendFileSync(path, 'x'.repeat(1_000_000));
  await shows(`one two ${'x'.repeat(1_000_000)}`);
  t.strictSame(notes, ['open']);
});

t.test('a file that does not exist yet, nor its folder', async (t) => {
  const dir = join(folder(t), 'later');
  const { notes, shows } = collect(t, join(dir, 'x'), 20);
  await until(() => notes.length > 0, 'a note');
  mkdirSync(dir);
  writeFileSync(join(dir, 'x'), 'one');
  await shows('one');
  t.strictSame(notes, ['waiting', 'open'], 'which is told once');
});

t.test('a file that is renamed is read to its end, which may come late', async (t) => {
  const dir = folder(t);
  const path = join(dir, 'x');
  writeFileSync(path, 'one ');
  const { notes, shows } = collect(t, path, 20);
  await shows('one ');
  renameSync(path, join(dir, 'old'));
  appendFileSync(join(dir, 'old'), 'two ');
  await shows('one two ');
  // As logrotate does with `create`, before the writer knows.
  writeFileSync(path, '');
  appendFileSync(join(dir, 'old'), 'three');
  await shows('one two three');
  appendFileSync(join(dir, 'old'), '.');
  appendFileSync(path, 'new');
  await shows('one two three.', 'new');
  rmSync(path);
  writeFileSync(path, 'newer');
  await shows('one two three.', 'new', 'newer');
  t.strictSame(notes, ['open', 'end', 'open', 'end', 'open']);
});

t.test('a file that is truncated is read from its beginning', async (t) => {
  const path = join(folder(t), 'x');
  writeFileSync(path, 'one two');
  const { notes, shows } = collect(t, path);
  await shows('one two');
  truncateSync(path);
  await until(() => notes.includes('truncated'), 'the note');
  appendFileSync(path, '1');
  await shows('one two', '1');
});

t.test('a file that cannot be opened is an error', async (t) => {
  const dir = folder(t);
  await t.rejects(collect(t, dir).done, { code: 'EISDIR' });
  await t.rejects(collect(t, join(dir, 'x'.repeat(300))).done, { code: 'ENAMETOOLONG' });
});

t.test('after the end of the program has begun, a content does not end', async (t) => {
  const path = join(folder(t), 'x');
  writeFileSync(path, 'torn');
  const { notes, abort, shows } = collect(t, path, 1);
  await shows('torn');
  abort.abort();
  appendFileSync(path, 'more');
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  t.notOk(notes.includes('end'));
});
