import t from 'tap';
import { type EventMark, EventMarks, MARK_SIZE } from '../../../src/flow/body/event-marks.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';

async function all(marks: EventMarks): Promise<EventMark[]> {
  const found: EventMark[] = [];
  for await (const mark of marks) found.push(mark);
  return found;
}

t.test('marks are iterated in their order, in memory and on disk', async (t) => {
  for (const memoryPerBody of [0, 2000, 256 * 1024]) {
    for (const count of [0, 1, 63, 64, 65, 1000]) {
      const policy = new SpoolPolicy({ dir: t.testdir({}), memoryPerBody });
      const marks = new EventMarks();
      marks.keepIn(policy);
      const expected = Array.from({ length: count }, (_, at) => ({ offset: at * 2 ** 40, timestamp: 1.5 + at / 7 }));
      for (const { offset, timestamp } of expected) if (!marks.append(offset, timestamp)) await marks.drained();
      t.equal(marks.count, count);
      t.equal(marks.stored?.size ?? 0, count * MARK_SIZE);
      t.strictSame(await all(marks), expected, `${count} marks, ${memoryPerBody} bytes in memory`);
      marks.release();
      t.equal(policy.inMemory, 0);
    }
  }
});

t.test('marks can be appended after reading', async (t) => {
  const marks = new EventMarks();
  marks.keepIn(new SpoolPolicy());
  for (let at = 0; at < 200; at++) {
    marks.append(at, at);
    t.equal((await all(marks)).length, at + 1);
  }
  t.strictSame(
    (await all(marks)).map(({ offset }) => offset),
    Array.from({ length: 200 }, (_, at) => at),
  );
});

t.test('marks that are not kept are counted', async (t) => {
  const marks = new EventMarks();
  t.equal(marks.append(1, 2), true);
  t.same([marks.count, marks.size, marks.stored, await all(marks)], [1, MARK_SIZE, undefined, []]);
});

t.test('marks in pieces that are cut anywhere', async (t) => {
  const marks = new EventMarks();
  marks.keepIn(new SpoolPolicy());
  for (let at = 0; at < 3; at++) marks.append(at, at + 0.5);
  const bytes = marks.stored!.buffer!;
  for (let size = 1; size <= bytes.length; size++) {
    const source = {
      size: bytes.length,
      buffer: undefined,
      async *read() {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      },
      release() {},
    };
    t.strictSame(await all(EventMarks.of(source, 3)), await all(marks), `pieces of ${size} bytes`);
  }
});
