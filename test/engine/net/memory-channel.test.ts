import { once } from 'node:events';
import t from 'tap';
import { memoryConnection } from '../../../src/engine/net/memory-channel.js';

const BYTES = Buffer.alloc(1 << 20, 'bytes ');

t.test('bytes written at one end are read at the other, with backpressure', async (t) => {
  const { channel, peer } = memoryConnection();
  for (const [from, to] of [
    [channel.stream, peer],
    [peer, channel.stream],
  ] as const) {
    let wasFull = false;
    for (let at = 0; at < BYTES.length; at += 1 << 14) {
      if (!from.write(BYTES.subarray(at, at + (1 << 14)))) wasFull = true;
    }
    t.ok(wasFull);
    const chunks: Buffer[] = [];
    let size = 0;
    await new Promise<void>((resolve) => {
      to.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size === BYTES.length) resolve();
      });
    });
    t.ok(Buffer.concat(chunks).equals(BYTES));
  }
});

t.test('each side can half-close', async (t) => {
  const { channel, peer } = memoryConnection();
  peer.resume();
  channel.stream.resume();
  channel.stream.end('last');
  await once(peer, 'end');
  t.ok(peer.writable);
  peer.end();
  await Promise.all([once(channel.stream, 'close'), once(peer, 'close')]);
  t.ok(channel.destroyed);
});

t.test('a destroyed end resets the other', async (t) => {
  for (const end of ['destroy', 'reset', 'resetConnection'] as const) {
    const { channel, peer } = memoryConnection();
    channel[end]();
    const [error] = await once(peer, 'error');
    t.match(error, { message: /reset/ }, end);
  }
});

t.test('a lingering close ends both', async (t) => {
  const { channel, peer } = memoryConnection();
  peer.resume();
  peer.write('unread');
  channel.lingeringClose();
  await once(peer, 'end');
  t.ok(channel.destroyed || channel.stream.writableEnded);
  peer.end();
  await once(peer, 'close');
  t.ok(channel.destroyed);
});
