import t from 'tap';
import { collected, liveBytes } from '../../support/live-memory.js';
import { OK, type Script } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { ESTABLISHED } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import type { Wire } from '../../support/wire.js';

/** Bytes of which each place can be told from others. */
function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(at, at);
  return bytes;
}

t.test('10 MB both ways at once', async (t) => {
  const size = 10_000_000;
  const up = pattern(size);
  const down = pattern(size).reverse();
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`;
  const { client, origin, proxy, url } = await setup(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send(head);
    wire.send(down);
  });
  client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: ${size}\r\n\r\n`);
  client.send(up);
  await client.hasBytes(head.length + size);
  const { flow, requestBody, responseBody } = await proxy.http();
  const server = await origin.connection();
  t.ok(server.bytes.subarray(-size).equals(up), 'what the origin got');
  t.ok(client.bytes.subarray(head.length).equals(down), 'what the client got');
  t.ok(
    Buffer.from(requestBody!, 'latin1').equals(up) && Buffer.from(responseBody!, 'latin1').equals(down),
    'what was kept',
  );
  t.equal(flow.error, undefined);
});

t.test('a receiver that does not read stops its sender, and memory does not grow', async (t) => {
  const size = 60_000_000;
  const chunk = Buffer.alloc(1_000_000);
  const flood = async (wire: Wire): Promise<void> => {
    for (let sent = 0; sent < size && !wire.closed; sent += chunk.length) {
      if (!wire.socket.write(chunk)) {
        await new Promise<void>((resolve) => {
          const goOn = (): void => {
            wire.socket.off('drain', goOn).off('close', goOn);
            resolve();
          };
          wire.socket.on('drain', goOn).on('close', goOn);
        });
      }
    }
  };
  /** Bytes that the kernel has taken from the sender when it takes no more. */
  const stuckAt = async (wire: Wire): Promise<number> => {
    let before = -1;
    let turns = 0;
    await until(() => {
      const { bytesWritten, writableLength } = wire.socket;
      if (bytesWritten - writableLength === before && writableLength > 0) turns++;
      else turns = 0;
      before = bytesWritten - writableLength;
      return turns > 50 || before >= size;
    }, 'the sender to be stuck');
    return before;
  };
  const cases: [name: string, tunnelled: boolean, down: boolean][] = [
    ['a response', false, true],
    ['a request', false, false],
    ['a tunnel, from the server', true, true],
    ['a tunnel, from the client', true, false],
  ];
  for (const [name, tunnelled, down] of cases) {
    await t.test(name, async (t) => {
      const script: Script = async (wire) => {
        if (!down) return void wire.socket.pause();
        if (!tunnelled) {
          await wire.has('\r\n\r\n');
          wire.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
        }
        await flood(wire);
      };
      const { client, origin, proxy, url } = await setup(t, script, { keepBodies: false });
      if (tunnelled) {
        client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
        await client.has(ESTABLISHED);
      }
      if (down) client.socket.pause();
      if (!tunnelled) client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: ${down ? 0 : size}\r\n\r\n`);
      const server = await origin.connection();
      await collected();
      const before = liveBytes();
      if (!down) void flood(client);
      const stuck = await stuckAt(down ? server : client);
      t.ok(stuck < size, `${stuck} bytes were taken`);
      const grown = liveBytes() - before;
      t.ok(grown < 8_000_000, `${grown} bytes of memory`);
      const receiver = down ? client : server;
      receiver.socket.resume();
      await receiver.until(() => receiver.size >= size, 'all of it, once it reads');
      if (tunnelled) client.end();
      if (tunnelled) server.end();
      if (!tunnelled && !down) server.send(OK);
      t.equal((await proxy.flow()).flow.error, undefined);
    });
  }
});
