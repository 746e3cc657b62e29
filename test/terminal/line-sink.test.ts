import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { LineSink } from '../../src/terminal/line-sink.js';

/** A stream whose reader takes a write when the test says so. */
function stream(): { writes: string[]; take: () => void; fail: (error: Error) => void; writable: Writable } {
  const writes: string[] = [];
  let pending: ((error?: Error) => void) | undefined;
  const writable = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      writes.push(String(chunk));
      pending = done;
    },
  });
  const take = (error?: Error): void => {
    const done = pending;
    pending = undefined;
    done?.(error);
  };
  return { writes, take, fail: take, writable };
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

t.test('lines of one turn of the event loop go out in one write', async (t) => {
  const { writes, writable } = stream();
  const sink = new LineSink(writable);
  sink.write('a\n');
  sink.write('b\n');
  await Promise.resolve();
  sink.write('c\n');
  t.same(writes, []);
  await nextTurn();
  t.same(writes, ['a\nb\nc\n']);
  await nextTurn();
  t.same(writes, ['a\nb\nc\n']);
});

t.test('flush waits until the system has it all', async (t) => {
  const { writes, take, writable } = stream();
  const sink = new LineSink(writable);
  sink.write('a\n');
  let flushed = false;
  const flush = sink.flush().then(() => {
    flushed = true;
  });
  t.same(writes, ['a\n'], 'passed on at once');
  await nextTurn();
  t.equal(flushed, false);
  take();
  await flush;
  await sink.flush();
});

t.test('a slow reader is waited for', async (t) => {
  const { take, writable } = stream();
  const sink = new LineSink(writable);
  sink.write('x'.repeat(1024 * 1024));
  t.equal(sink.drained(), undefined, 'a megabyte may wait');
  sink.write('y');
  const drained = sink.drained();
  t.ok(drained, 'more may not');
  await nextTurn();
  take();
  await drained;
  t.equal(sink.drained(), undefined);
});

t.test('a reader that goes', async (t) => {
  for (const code of ['EPIPE', 'ECONNRESET']) {
    const { writes, fail, writable } = stream();
    let closed = 0;
    const sink = new LineSink(writable, { onClosed: () => closed++, onError: (error) => t.fail(error.message) });
    sink.write('x'.repeat(2 * 1024 * 1024));
    const waiting = [sink.drained(), sink.flush()];
    fail(failure(code));
    await Promise.all(waiting);
    t.equal(sink.closed, true);
    t.equal(closed, 1);
    sink.write('ignored\n');
    await sink.flush();
    t.equal(sink.drained(), undefined);
    t.equal(writes.length, 1);
  }
});

t.test('a stream that is closed', async (t) => {
  const { writable } = stream();
  let closed = 0;
  const sink = new LineSink(writable, { onClosed: () => closed++ });
  writable.destroy();
  await nextTurn();
  t.equal(closed, 1);
  sink.write('ignored\n');
  await sink.flush();
});

t.test('other failures are told once', async (t) => {
  const { fail, writable } = stream();
  const errors: Error[] = [];
  const sink = new LineSink(writable, { onClosed: () => t.fail('not closed'), onError: (error) => errors.push(error) });
  sink.write('a\n');
  const flush = sink.flush();
  fail(failure('ENOSPC'));
  await flush;
  await nextTurn();
  t.same(
    errors.map(({ message }) => message),
    ['ENOSPC'],
  );
  t.equal(sink.closed, true);
});

t.test('a lossy sink drops lines that are not read, and reports how many', async (t) => {
  const { writes, take, writable } = stream();
  const sink = new LineSink(writable);
  sink.lossy = true;
  const block = `${'x'.repeat(1023)}\n`.repeat(1024);
  for (let count = 0; count < 17; count++) {
    sink.write(block);
    await nextTurn();
    t.equal(sink.drained(), undefined, 'no line waits');
  }
  sink.write('part of a ');
  sink.write('line\nand another\nbegin');
  sink.write('ning of one');
  t.equal(writes.length, 1, 'nothing was read yet');
  for (let count = 0; count < 17; count++) {
    take();
    await nextTurn();
  }
  sink.write(', its end\nshown again\n');
  await nextTurn();
  take();
  await nextTurn();
  take();
  await sink.flush();
  const text = writes.join('');
  t.equal(text.slice(0, 17 * block.length), block.repeat(17), 'a bounded number of lines is kept');
  t.equal(
    text.slice(17 * block.length),
    'tsdump: 3 lines dropped here because the reader was too slow.\nshown again\n',
  );
});

t.test('a line whose beginning was accepted ends before lines are dropped', async (t) => {
  const { writes, take, writable } = stream();
  const sink = new LineSink(writable);
  sink.lossy = true;
  sink.write('x'.repeat(16 * 1024 * 1024 + 1));
  sink.write('rest\n');
  await nextTurn();
  take();
  await nextTurn();
  take();
  await sink.flush();
  t.match(writes.join('').slice(-100), /x\ntsdump: 1 line dropped here because the reader was too slow\.\n$/);
});

t.test('a sink that is abandoned', async (t) => {
  const { writes, writable } = stream();
  const sink = new LineSink(writable, { onClosed: () => t.fail('not closed'), onError: () => t.fail('no error') });
  sink.write('a\n');
  const flush = sink.flush();
  sink.abandon();
  await flush;
  t.equal(sink.closed, true);
  sink.write('b\n');
  await sink.flush();
  t.same(writes, ['a\n']);
});
