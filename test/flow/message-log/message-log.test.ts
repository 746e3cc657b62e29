import { tmpdir } from 'node:os';
import t from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { iterateMessages, MESSAGE_HEAD, type Message, MessageLog } from '../../../src/flow/message-log/message-log.js';
import { Random } from '../../support/random.js';

async function all(log: MessageLog): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of log) messages.push(message);
  return messages;
}

/** Small ones, empty ones, and one that is larger than what is read from disk at once. */
function conversation(): Message[] {
  const random = new Random(9);
  return Array.from({ length: 60 }, (_, at) => ({
    fromClient: random.below(2) === 0,
    opcode: random.below(16),
    timestamp: 1_700_000_000 + at / 1e6,
    content: random.bytes(at === 30 ? 300_000 : at % 7 === 0 ? 0 : random.below(500)),
  }));
}

t.test('in memory or on disk, the same messages in order', async (t) => {
  const messages = conversation();
  for (const memoryPerBody of [1, 1000, 10_000_000]) {
    const policy = new SpoolPolicy({ dir: tmpdir(), memoryPerBody });
    const log = new MessageLog();
    log.keepIn(policy);
    for (const message of messages) if (!log.append(message)) await log.drained();
    const size = messages.reduce((sum, { content }) => sum + content.length, 0);
    t.same([log.count, log.size], [60, size]);
    t.equal(log.stored?.size, size + 60 * MESSAGE_HEAD);
    t.same(await all(log), messages);
    t.same(await all(log), messages, 'again');
    log.release();
    t.equal(policy.inMemory, 0);
  }
});

t.test('the bytes of a message in the log', async (t) => {
  const log = new MessageLog();
  log.keepIn(new SpoolPolicy());
  log.append({ fromClient: true, opcode: 2, timestamp: 1.5, content: Buffer.from('abc') });
  log.append({ fromClient: false, opcode: 0, timestamp: 2, content: Buffer.alloc(0) });
  t.equal(
    log.stored?.buffer?.toString('hex'),
    '0102000003000000000000000000f83f616263' + '00000000000000000000000000000040',
  );
});

t.test('without a place to keep them, messages are counted', async (t) => {
  const log = new MessageLog();
  t.equal(log.append({ fromClient: true, opcode: 0, timestamp: 0, content: Buffer.from('abc') }), true);
  t.same([log.count, log.size, log.stored], [1, 3, undefined]);
  t.same(await all(log), []);
  await log.drained();
  log.release();
});

t.test('content that came in pieces of a larger buffer is what it was', async (t) => {
  const log = new MessageLog();
  log.keepIn(new SpoolPolicy());
  const buffer = Buffer.from('abcdef');
  log.append({ fromClient: true, opcode: 0, timestamp: 0, content: buffer.subarray(2, 4) });
  t.equal((await all(log))[0]!.content.toString(), 'cd');
});

t.test('load, up to a limit', async (t) => {
  const log = new MessageLog();
  log.keepIn(new SpoolPolicy());
  for (const text of ['aaaa', '', 'bbbb', 'cc'])
    log.append({ fromClient: true, opcode: 1, timestamp: 0, content: Buffer.from(text) });
  for (const [limit, more, loaded] of [
    [10, false, ['aaaa', '', 'bbbb', 'cc']],
    [9, true, ['aaaa', '', 'bbbb']],
    [7, true, ['aaaa', '']],
    [0, true, []],
  ] as const) {
    t.equal(await log.load(limit), more, `limit ${limit}`);
    t.same(
      log.loaded?.map(({ content }) => content.toString()),
      loaded,
    );
  }
});

t.test('of a file, cut off or not', async (t) => {
  const log = new MessageLog();
  log.keepIn(new SpoolPolicy());
  const messages = conversation().slice(0, 5);
  for (const message of messages) log.append(message);
  const bytes = log.stored!.buffer!;
  for (let end = 0; end <= bytes.length; end += 1 + (end % 13)) {
    const piece = bytes.subarray(0, end);
    const read = async function* () {
      for (let at = 0; at < piece.length; at += 11) yield piece.subarray(at, at + 11);
    };
    const cut = MessageLog.of({ size: end, buffer: undefined, read, release: () => {} }, 5, 100);
    const found = await all(cut);
    t.same(found, messages.slice(0, found.length), `${end} bytes`);
    if (end === bytes.length) t.equal(found.length, 5);
  }
});

t.test('a full disk is reported', async (t) => {
  const log = new MessageLog();
  log.keepIn(new SpoolPolicy({ dir: '/no/such/folder', memoryPerBody: 4 }));
  t.equal(log.append({ fromClient: true, opcode: 0, timestamp: 0, content: Buffer.alloc(2000) }), false);
  await t.rejects(log.drained(), { code: 'ENOENT' });
  log.release();
});

t.test('small messages share a buffer, and are there at once', async (t) => {
  const policy = new SpoolPolicy({ memoryPerBody: 100_000 });
  const log = new MessageLog();
  log.keepIn(policy);
  const content = Buffer.from('x'.repeat(100));
  let pieces = 0;
  for (let count = 1; count <= 3000; count++) {
    const before = policy.inMemory;
    if (!log.append({ fromClient: true, opcode: 1, timestamp: count, content })) await log.drained();
    if (policy.inMemory !== before) pieces++;
  }
  content.fill(0);
  t.ok(pieces < 100, `${pieces} pieces`);
  const found = await all(log);
  t.same([found.length, found.at(-1)?.timestamp, String(found.at(-1)?.content)], [3000, 3000, 'x'.repeat(100)]);
  const copy = log.clone();
  log.append({ fromClient: true, opcode: 1, timestamp: 0, content });
  t.equal((await all(copy)).length, 3000);
  log.release();
  copy.release();
  t.equal(policy.inMemory, 0);
});

const part = (text: string, more = false, fromClient = true, opcode = 1): Message => ({
  fromClient,
  opcode,
  timestamp: 1,
  content: Buffer.from(text),
  ...(more && { more }),
});

t.test('messages that come in parts', async (t) => {
  const log = new MessageLog();
  log.keepIn(new SpoolPolicy());
  const parts = [
    part('a', true),
    part('x', true, false),
    part('ping', false, true, 9),
    part('b', true),
    part('y', false, false),
    part('c'),
    part('d'),
    part('e', true),
  ];
  for (const each of parts) log.append(each);
  const joined = [part('ping', false, true, 9), part('xy', false, false), part('abc'), part('d'), part('e', true)];
  t.same(await all(log), joined);
  t.same([...iterateMessages(log.stored!.buffer!)], joined);
  t.same([log.count, log.size], [5, 11]);
});
