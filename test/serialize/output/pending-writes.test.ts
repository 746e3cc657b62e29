import t from 'tap';
import { type Batch, isJob, PendingWrites } from '../../../src/serialize/output/pending-writes.js';

const LARGE = Buffer.alloc(20_000, 'L');

function textOf({ chunks }: Batch): string {
  return Buffer.concat(chunks).toString().replace(/L+/g, 'L');
}

/** Takes everything out: batches as their text with the ends of flows in them, jobs as `job`. */
function takeAll(pending: PendingWrites): (string | [text: string, ends: number[]])[] {
  const taken: (string | [text: string, ends: number[]])[] = [];
  for (let item = pending.next(); item; item = pending.next()) {
    if (isJob(item)) taken.push('job');
    else {
      taken.push([textOf(item), item.ends]);
      pending.bytes -= item.bytes;
      pending.release(item);
    }
  }
  return taken;
}

function add(pending: PendingWrites, ...parts: (string | Buffer | 'job')[]): void {
  for (const part of parts) {
    if (part === 'job') pending.addJob({ run: async () => {}, resolve: () => {}, reject: () => {} });
    else pending.add(Buffer.from(part));
  }
  pending.noteEnd();
}

t.test('small and large chunks go together, up to a job', async (t) => {
  const pending = new PendingWrites();
  t.ok(pending.isEmpty);
  add(pending, 'a', 'b');
  add(pending, 'c', LARGE, 'd');
  add(pending, LARGE);
  t.equal(pending.bytes, 4 + 2 * LARGE.length);
  t.notOk(pending.hasJobs);
  add(pending, 'e', 'job');
  add(pending, 'f');
  t.ok(pending.hasJobs);
  const behind = 4 + LARGE.length;
  t.same(takeAll(pending), [['abcLdLe', [2, behind, behind + LARGE.length]], 'job', ['f', [1]]]);
  t.ok(pending.isEmpty);
});

t.test('the memory of small pieces is used again once it was written', async (t) => {
  const pending = new PendingWrites();
  add(pending, 'a');
  const { memory } = pending;
  const first = pending.next() as Batch;
  add(pending, 'b');
  t.equal(pending.memory, memory, 'as long as there is room');
  t.equal(textOf(first), 'a', 'what is being written stays');
  pending.release(first);
  pending.release(pending.next() as Batch);
  t.equal(pending.reserve(1), 0, 'from its beginning');
});

t.test('abandoned data is dropped, and its jobs resolve', async (t) => {
  const pending = new PendingWrites();
  let done = 0;
  add(pending, 'a');
  pending.addJob({ run: async () => {}, resolve: () => done++, reject: () => t.fail('it is not at fault') });
  pending.abandon();
  t.equal(done, 1);
  t.ok(pending.isEmpty);
});

t.test('chunks of whole flows keep their ends', async (t) => {
  const pending = new PendingWrites();
  add(pending, 'ab');
  pending.addFlows(Buffer.from('cdefg'), [2, 5]);
  pending.addFlows(LARGE, [8, 20_000]);
  pending.addFlows(Buffer.from('h'), [1]);
  t.same(takeAll(pending), [['abcdefgLh', [2, 4, 7, 15, 20_007, 20_008]]]);
});

t.test('consecutive flows of one block are written together', async (t) => {
  const block = Buffer.from('0123456789');
  const pending = new PendingWrites();
  pending.addPart(block, 0, 2);
  pending.addPart(block, 2, 5);
  pending.noteEnd();
  t.equal(pending.bytes, 5);
  t.equal(pending.count, 1);
  t.notOk(pending.isEmpty);
  pending.addPart(block, 7, 8);
  pending.addPart(Buffer.from('abc'), 1, 3);
  pending.noteEnd();
  pending.add(Buffer.from('xy'));
  pending.noteEnd();
  pending.addJob({ run: async () => {}, resolve: () => {}, reject: () => {} });
  pending.addPart(block, 8, 9);
  t.same(takeAll(pending), [['012347bcxy', [2, 5, 6, 8, 10]], 'job', ['8', [1]]]);
  t.ok(pending.isEmpty);
});

t.test('many flows of one block are not copied', async (t) => {
  const block = Buffer.alloc(200_000, 'L');
  const pending = new PendingWrites();
  for (let at = 0; at < 100_000; at += 1000) pending.addPart(block, at, at + 1000);
  pending.add(Buffer.from('next'));
  pending.noteEnd();
  const batch = pending.next() as Batch;
  t.equal(batch.chunks[0]!.buffer, block.buffer);
  t.same(batch.ends.slice(-3), [99_000, 100_000, 100_004]);
  t.equal(batch.bytes, 100_004);
});

t.test('abandoned parts of a block are not written', async (t) => {
  const pending = new PendingWrites();
  pending.addPart(Buffer.from('abc'), 0, 3);
  pending.abandon();
  t.ok(pending.isEmpty);
  pending.addPart(Buffer.from('def'), 0, 3);
  t.same(takeAll(pending), [['def', [3]]]);
});
