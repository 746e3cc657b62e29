import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { detect } from '../../../src/engine/client/detect.js';
import { type SniffResult, sniffProtocol } from '../../../src/engine/client/sniff.js';
import type { Deadline } from '../../../src/engine/net/deadlines.js';
import { until } from '../../support/until.js';

/** Two connected sockets: ours and that of the peer. */
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
  sniffed: Promise<SniffResult>;
  /** The sockets of the peers. */
  client: Socket;
  server: Socket;
  /** Our socket towards the server. */
  ours: Socket;
  deadline: Deadline & { seconds: number; set: (seconds: number) => void };
  /** Resolves when the end of the client was noticed. */
  clientEnded: Promise<void>;
}

async function sniff(t: Test, halfCloseTimeout = 2): Promise<Scene> {
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
  const sniffed = sniffProtocol(toClient, toServer, detect, { deadline, silenceAfter: 600, halfCloseTimeout });
  const clientEnded = new Promise<void>((resolve) => toClient.once('end', resolve));
  return { sniffed, client, server, ours: toServer, deadline, clientEnded };
}

t.test('bytes that arrive one at a time', async (t) => {
  for (const [bytes, expected] of [
    ['OPTIONS / HTTP/1.1\r\n', 'http1'],
    ['\x16\x03\x01\x02\x00\x01', 'tls'],
  ] as const) {
    const { sniffed, client } = await sniff(t);
    let settled = false;
    void sniffed.finally(() => {
      settled = true;
    });
    for (const byte of Buffer.from(bytes, 'latin1')) {
      if (settled) break;
      client.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    t.equal(await sniffed, expected);
  }
});

t.test('the side that speaks first determines the protocol', async (t) => {
  for (const [bytes, expected] of [
    ['GET / HTTP/1.1\r\n', 'http1'],
    ['\x16\x03\x01\x02\x00\x01', 'tls'],
    ['\x00', 'other'],
  ] as const) {
    const { sniffed, client } = await sniff(t);
    client.write(bytes, 'latin1');
    t.equal(await sniffed, expected);
  }
  const { sniffed, server, ours } = await sniff(t);
  server.write('220 ready\r\n');
  t.equal(await sniffed, 'serverFirst');
  t.equal(String(ours.read()), '220 ready\r\n', 'nothing is consumed');
});

t.test('a server of HTTP/2 that sends its settings first: the client shows the protocol', async (t) => {
  const settings = Buffer.from('000006040000000000000300000064', 'hex');
  const { sniffed, client, server, ours } = await sniff(t);
  server.write(settings);
  await until(() => ours.readableLength > 0, 'the settings');
  client.write('GET / HTTP/1.1\r\n');
  t.equal(await sniffed, 'http1');
  t.same(ours.read(), settings, 'nothing is consumed');
});

t.test('a client that half-closes without sending anything', async (t) => {
  await t.test('and keeps reading', async (t) => {
    const { sniffed, client, server, ours, clientEnded, deadline } = await sniff(t);
    client.end();
    await clientEnded;
    t.equal(deadline.seconds, 2);
    server.write('220 ready\r\n');
    t.equal(await sniffed, 'serverFirst');
    t.equal(String(ours.read()), '220 ready\r\n');
  });

  await t.test('to a silent server', async (t) => {
    const { sniffed, client, clientEnded, deadline } = await sniff(t);
    client.end();
    await clientEnded;
    deadline.onExpiry();
    t.equal(await sniffed, 'closed');
  });

  await t.test('to a server that closes as well', async (t) => {
    const { sniffed, client, server, clientEnded } = await sniff(t);
    client.end();
    await clientEnded;
    server.end();
    t.equal(await sniffed, 'closed');
  });

  await t.test('whose FIN is forwarded', async (t) => {
    const { sniffed, client, server, clientEnded, deadline } = await sniff(t, 0);
    client.end();
    await clientEnded;
    t.equal(deadline.seconds, 600, 'without a bound of its own');
    server.resume();
    await once(server, 'end');
    server.end();
    t.equal(await sniffed, 'closed');
  });
});

t.test('a client that resets the connection', async (t) => {
  const { sniffed, client } = await sniff(t);
  client.resetAndDestroy();
  t.equal(await sniffed, 'closed');
});

t.test('bytes that are the beginning of several protocols, and no more', async (t) => {
  const { sniffed, client, deadline } = await sniff(t);
  client.write('GE');
  await until(() => deadline.seconds === 3, 'the limit for the rest');
  deadline.onExpiry();
  t.equal(await sniffed, 'undecided');
});

t.test('silence', async (t) => {
  const { sniffed, deadline } = await sniff(t);
  t.equal(deadline.seconds, 600);
  deadline.onExpiry();
  t.equal(await sniffed, 'silence');
});
