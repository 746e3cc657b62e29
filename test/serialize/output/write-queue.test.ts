import { setImmediate as endOfTurn } from 'node:timers/promises';
import t from 'tap';
import type { Sink } from '../../../src/serialize/output/sinks.js';
import { WriteQueue } from '../../../src/serialize/output/write-queue.js';

/** A file on a disk with limited space. */
class FullSink implements Sink {
  readonly name = 'full';
  content: string;
  /** How often flows counted as written. */
  settled = 0;
  settleError: Error | undefined;

  constructor(
    private readonly room: number,
    before = '',
  ) {
    this.content = before;
  }

  get size(): number {
    return this.content.length;
  }

  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    const whole = this.content + Buffer.concat([...chunks]);
    setImmediate(() => {
      this.content = whole.slice(0, this.room);
      done(whole.length > this.room ? new Error('full') : null);
    });
  }

  settle(done: (error?: Error | null) => void): void {
    this.settled++;
    setImmediate(() => done(this.settleError));
  }

  async cut(size: number): Promise<void> {
    this.content = this.content.slice(0, size);
  }

  async close(): Promise<void> {}
}

function open(sink: Sink): { queue: WriteQueue; errors: string[] } {
  const errors: string[] = [];
  return { queue: new WriteQueue(sink, { onError: ({ message }) => errors.push(message) }), errors };
}

/** Queues flows in which `|` stands for what a job writes, each piece of it by itself. */
function add(queue: WriteQueue, ...flows: string[]): void {
  for (const flow of flows) {
    const [head, ...pieces] = flow.split('|');
    queue.add(Buffer.from(head!));
    if (pieces.length > 0) {
      void queue.run(async (write) => {
        for (const piece of pieces) await write(Buffer.from(piece));
      });
    }
    queue.commit();
  }
}

const CASES: [room: number, flows: string[], left: string][] = [
  [100, ['<one>', '<two>'], '<one><two>'],
  [10, ['<one>', '<two>'], '<one><two>'],
  [9, ['<one>', '<two>'], '<one>'],
  [5, ['<one>', '<two>'], '<one>'],
  [4, ['<one>', '<two>'], ''],
  [0, ['<one>', '<two>'], ''],
  [7, ['<one|two>'], ''],
  [8, ['<one|two>'], '<one|two>'],
  [11, ['<one|two>', '<three>'], '<one|two>'],
  [12, ['<one>', '<two|two>', '<three>'], '<one>'],
  [16, ['<one>', '<two|two>', '<three|', '>'], '<one><two|two>'],
  [20, ['<one>', '<two|two|two>'], '<one><two|two|two>'],
  [12, ['<one>', '<two|two|two>'], '<one>'],
];

for (const before of ['', 'before ']) {
  for (const [room, flows, left] of CASES) {
    t.test(`${flows.join(' ')} in ${room} bytes${before && ' behind others'}`, async (t) => {
      const sink = new FullSink(before.length + room, before);
      const { queue, errors } = open(sink);
      add(queue, ...flows);
      await queue.drained();
      t.equal(sink.content, before + left.replaceAll('|', ''));
      const fits = flows.join('').replaceAll('|', '').length <= room;
      t.same(errors, fits ? [] : ['Cannot write full: full']);
      t.equal(queue.failed, !fits);
    });
  }
}

t.test('flows that came one by one', async (t) => {
  const sink = new FullSink(17);
  const { queue, errors } = open(sink);
  for (const flow of ['<one>', '<two>', '<three>', '<four>']) {
    add(queue, flow);
    await queue.drained();
  }
  t.equal(sink.content, '<one><two><three>');
  t.equal(sink.settled, 3);
  t.equal(errors.length, 1);
});

t.test('an output says how long flows are collected for a write', async (t) => {
  const sink = Object.assign(new FullSink(100), { pace: 0 });
  const { queue } = open(sink);
  add(queue, '<one>');
  await queue.flushed();
  add(queue, '<two>', '<three>');
  // The end of this turn of the event loop, and the sink's own delay.
  for (let turns = 0; turns < 3; turns++) await endOfTurn();
  t.equal(sink.content, '<one><two><three>', 'no usual pause between two writes');
});

t.test('a file that cannot be cut back', async (t) => {
  const sink = new FullSink(7);
  sink.cut = () => Promise.reject(new Error('no'));
  const { queue, errors } = open(sink);
  add(queue, '<one>', '<two>');
  await queue.drained();
  t.equal(sink.content, '<one><t');
  t.same(errors, ['Cannot write full: full'], 'the first failure is reported');
});

t.test('flows that do not get onto the disk', async (t) => {
  for (const flow of ['<one>', '<one|two>']) {
    const sink = new FullSink(100);
    sink.settleError = new Error('gone');
    const { queue, errors } = open(sink);
    add(queue, flow);
    await queue.drained();
    t.same(errors, ['Cannot write full: gone'], flow);
  }
});

t.test('a job counts as done when its flow is on the disk', async (t) => {
  const sink = new FullSink(100);
  const { queue } = open(sink);
  const written = queue.run((write) => write(Buffer.from('one')));
  queue.commit();
  await written;
  t.equal(sink.settled, 1);
  const failing = queue.run(() => Promise.reject(new Error('unreadable')));
  queue.commit();
  await t.rejects(failing, { message: 'unreadable' });
  t.equal(queue.failed, false);
});

t.test('the size includes queued data', async (t) => {
  const sink = new FullSink(100, 'before');
  const { queue } = open(sink);
  t.equal(queue.size, 6);
  add(queue, '12345', '67');
  t.equal(queue.size, 13);
  add(queue, '8|9');
  t.equal(queue.size, 14);
  await queue.drained();
  t.equal(queue.size, 15);
  t.equal(sink.size, 15);
});
