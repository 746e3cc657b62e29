import t from 'tap';
import { FRAME, MAX_FRAME_SIZE } from '../../../src/engine/http2/frames/constants.js';
import { GET, rawFrame } from '../../support/http2-peer.js';
import { Conversation } from './conversation.js';

const OK: readonly [string, string][] = [[':status', '200']];

function windowUpdate(streamId: number, increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return rawFrame(FRAME.windowUpdate, 0, streamId, payload);
}

/** Bytes of content that the client has got on each stream. */
function received({ client }: Conversation, ids: readonly number[]): number[] {
  const sizes = new Map(ids.map((id) => [id, 0]));
  for (const line of client.seen) {
    const [type, id, size, unit] = line.split(' ');
    if (type !== 'DATA' || !sizes.has(Number(id))) continue;
    sizes.set(Number(id), sizes.get(Number(id))! + (unit === 'bytes' ? Number(size) : (size?.length ?? 0)));
  }
  return [...sizes.values()];
}

/** The window that the proxy has given the server on a stream after the first. */
function granted({ server }: Conversation, id: number): number {
  const lines = server.seen.filter((line) => line.startsWith(`WINDOW_UPDATE ${id} `));
  return lines.reduce((sum, line) => sum + Number(line.split(' ')[2]), 0);
}

t.test('streams that wait for the window of the connection get it in turns', async (t) => {
  const ids = Array.from({ length: 100 }, (_, at) => 2 * at + 1);
  const SIZE = 3 * MAX_FRAME_SIZE;
  const chat = new Conversation();
  await chat.begin(...ids.map((id) => chat.client.head(id, GET, true)));
  for (const id of ids) chat.server.frames(chat.server.head(id, OK));
  await chat.settle();
  for (let count = 0; count < SIZE; count += MAX_FRAME_SIZE) {
    for (const id of ids) chat.server.frames(rawFrame(FRAME.data, 0, id, 'x'.repeat(MAX_FRAME_SIZE)));
  }
  await chat.settle();
  let total = 0;
  while (total < SIZE * ids.length) {
    const sizes = received(chat, ids);
    const spread = Math.max(...sizes) - Math.min(...sizes);
    if (spread > 2 * MAX_FRAME_SIZE) t.fail(`after ${total} bytes one stream is ${spread} bytes ahead of another`);
    const before = total;
    chat.client.frames(windowUpdate(0, 40 * MAX_FRAME_SIZE));
    const sum = (): number => received(chat, ids).reduce((sum, size) => sum + size, 0);
    await chat.until(() => sum() > before);
    total = sum();
  }
  t.equal(total, SIZE * ids.length, 'all of it arrives');
});

t.test('a flood of tiny frames lets other connections be served', async (t) => {
  const chat = new Conversation();
  await chat.begin(chat.client.head(1, GET, true));
  let pauses = 0;
  for (const { stream } of [chat.clientChannel, chat.serverChannel]) stream.on('pause', () => pauses++);
  const bytes = Array.from({ length: 1000 }, () => rawFrame(FRAME.data, 0, 1, 'x'));
  chat.server.frames(chat.server.head(1, OK), Buffer.concat(bytes));
  await chat.settle();
  t.equal(pauses, 1, 'of the server');
  t.same(received(chat, [1]), [1000]);
  chat.client.frames(Buffer.concat(Array.from({ length: 1000 }, () => rawFrame(FRAME.ping, 0, 0, '12345678'))));
  await chat.settle();
  t.equal(pauses, 2, 'and of the client');
  t.equal(chat.client.seen.filter((line) => line.startsWith('PING')).length, 1000);
});

t.test('ten readers that stop hold a bounded part, and do not slow another one', async (t) => {
  const slow = Array.from({ length: 10 }, (_, at) => 2 * at + 1);
  const fast = 21;
  const WINDOW = 1024 * 1024;
  const FAST_SIZE = 5 * WINDOW;
  const chat = new Conversation();
  await chat.begin(...slow.map((id) => chat.client.head(id, GET, true)), chat.client.head(fast, GET, true));
  chat.client.frames(windowUpdate(0, 0x7000_0000), windowUpdate(fast, 0x7000_0000));
  for (const id of [...slow, fast]) chat.server.frames(chat.server.head(id, OK));
  await chat.settle();
  const sent = new Map([...slow, fast].map((id) => [id, 0]));
  const frame = 'x'.repeat(MAX_FRAME_SIZE);
  for (let moved = true; moved; ) {
    moved = false;
    for (const [id, size] of sent) {
      const wanted = id === fast ? FAST_SIZE : 100 * WINDOW;
      const room = WINDOW + granted(chat, id) - size;
      const count = Math.min(8, Math.floor(Math.min(room, wanted - size) / MAX_FRAME_SIZE));
      if (count <= 0) continue;
      chat.server.frames(...Array.from({ length: count }, () => rawFrame(FRAME.data, 0, id, frame)));
      sent.set(id, size + count * MAX_FRAME_SIZE);
      moved = true;
    }
    await chat.settle();
    if (moved || sent.get(fast) === FAST_SIZE) continue;
    // The fast one waits for nothing but the spool file.
    await chat.until(() => WINDOW + granted(chat, fast) - sent.get(fast)! >= MAX_FRAME_SIZE);
    moved = true;
  }
  await chat.until(() => received(chat, [fast])[0] === FAST_SIZE);
  for (const id of slow) t.ok(sent.get(id)! <= WINDOW + 256 * 1024, `${sent.get(id)} bytes were taken on stream ${id}`);
  t.same(chat.errors, []);
});
