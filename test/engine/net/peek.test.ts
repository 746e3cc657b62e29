import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { detect } from '../../../src/engine/client/detect.js';
import type { Deadline } from '../../../src/engine/net/deadlines.js';
import { peek, type SniffResult } from '../../../src/engine/net/peek.js';
import { until } from '../../support/until.js';

/** Two connected ends: ours, and that of whoever is there. */
async function pair(t: Test): Promise<[ours: Socket, theirs: Socket]> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const theirs = connect({ port: (server.address() as { port: number }).port, host: '127.0.0.1', allowHalfOpen: true });
  const [ours] = (await once(server, 'connection')) as [Socket];
  for (const socket of [ours, theirs]) socket.on('error', () => {});
  t.teardown(() => {
    ours.destroy();
    theirs.destroy();
    server.close();
  });
  return [ours, theirs];
}

interface Scene {
  sight: Promise<SniffResult>;
  /** The ends of the others. */
  client: Socket;
  server: Socket;
  /** Ours towards the server. */
  ours: Socket;
  deadline: Deadline & { seconds: number; set: (seconds: number) => void };
  /** Resolves when the end of the client was noticed. */
  clientEnded: Promise<void>;
}

async function look(t: Test, halfCloseTimeout = 2): Promise<Scene> {
  const [toClient, client] = await pair(t);
  const [toServer, server] = await pair(t);
  const deadline = {
    seconds: 0,
    onExpiry: () => {},
    set: (seconds: number) => {
      deadline.seconds = seconds;
    },
    clear: () => {},
    dispose: () => {},
  };
  const sight = peek(toClient, toServer, detect, deadline, 600, halfCloseTimeout);
  const clientEnded = new Promise<void>((resolve) => toClient.once('end', resolve));
  return { sight, client, server, ours: toServer, deadline, clientEnded };
}

t.test('bytes that arrive one at a time', async (t) => {
  for (const [bytes, expected] of [
    ['OPTIONS / HTTP/1.1\r\n', 'http1'],
    ['\x16\x03\x01\x02\x00\x01', 'tls'],
  ] as const) {
    const { sight, client } = await look(t);
    let settled = false;
    void sight.finally(() => {
      settled = true;
    });
    for (const byte of Buffer.from(bytes, 'latin1')) {
      if (settled) break;
      client.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    t.equal(await sight, expected);
  }
});

t.test('the side that speaks first determines the protocol', async (t) => {
  for (const [bytes, expected] of [
    ['GET / HTTP/1.1\r\n', 'http1'],
    ['\x16\x03\x01\x02\x00\x01', 'tls'],
    ['\x00', 'other'],
  ] as const) {
    const { sight, client } = await look(t);
    client.write(bytes, 'latin1');
    t.equal(await sight, expected);
  }
  const { sight, server, ours } = await look(t);
  server.write('220 ready\r\n');
  t.equal(await sight, 'serverFirst');
  t.equal(String(ours.read()), '220 ready\r\n', 'nothing is consumed');
});

t.test('a server of HTTP/2 that sends its settings first: the client shows the protocol', async (t) => {
  const settings = Buffer.from('000006040000000000000300000064', 'hex');
  const { sight, client, server, ours } = await look(t);
  server.write(settings);
  await until(() => ours.readableLength > 0, 'the settings');
  client.write('GET / HTTP/1.1\r\n');
  t.equal(await sight, 'http1');
  t.same(ours.read(), settings, 'nothing is consumed');
});

t.test('a client that half-closes without sending anything', async (t) => {
  await t.test('and keeps reading', async (t) => {
    const { sight, client, server, ours, clientEnded, deadline } = await look(t);
    client.end();
    await clientEnded;
    t.equal(deadline.seconds, 2);
    server.write('220 ready\r\n');
    t.equal(await sight, 'serverFirst');
    t.equal(String(ours.read()), '220 ready\r\n');
  });

  await t.test('to a silent server', async (t) => {
    const { sight, client, clientEnded, deadline } = await look(t);
    client.end();
    await clientEnded;
    deadline.onExpiry();
    t.equal(await sight, 'closed');
  });

  await t.test('to a server that closes as well', async (t) => {
    const { sight, client, server, clientEnded } = await look(t);
    client.end();
    await clientEnded;
    server.end();
    t.equal(await sight, 'closed');
  });

  await t.test('whose FIN is forwarded', async (t) => {
    const { sight, client, server, clientEnded, deadline } = await look(t, 0);
    client.end();
    await clientEnded;
    t.equal(deadline.seconds, 600, 'without a bound of its own');
    server.resume();
    await once(server, 'end');
    server.end();
    t.equal(await sight, 'closed');
  });
});

t.test('a client that resets the connection', async (t) => {
  const { sight, client } = await look(t);
  client.resetAndDestroy();
  t.equal(await sight, 'closed');
});

t.test('silence', async (t) => {
  const { sight, deadline } = await look(t);
  t.equal(deadline.seconds, 600);
  deadline.onExpiry();
  t.equal(await sight, 'silence');
});
