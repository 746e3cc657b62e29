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
