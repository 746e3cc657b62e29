import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { mock } from 'node:test';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { watchHalfClosed } from '../../../src/engine/http1/half-closed.js';
import { SocketChannel } from '../../../src/engine/net/channel.js';
import { selfSigned } from '../../support/identity.js';
import { later } from '../../support/later.js';

const HOUR = 3_600_000;

interface Scene {
  channel: SocketChannel;
  /** The TCP socket of the client. */
  client: Socket;
  /** That, or its TLS. */
  speaker: Socket;
}

/** A client that has ended its side. */
async function halfClosed(t: Test, tls: boolean): Promise<Scene> {
  const server = tls
    ? createTlsServer({ ...selfSigned(), allowHalfOpen: true })
    : createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => {});
  const connection = once(server, 'connection') as Promise<[Socket]>;
  const secured = tls ? (once(server, 'secureConnection') as Promise<[TLSSocket]>) : connection;
  const speaker = tls ? connectTls({ socket: client, rejectUnauthorized: false }) : client;
  speaker.on('error', () => {});
  const [raw] = await connection;
  const [stream] = await secured;
  for (const socket of [raw, stream]) socket.on('error', () => {});
  stream.resume();
  speaker.resume();
  speaker.end();
  await once(stream, 'end');
  t.teardown(() => {
    client.destroy();
    raw.destroy();
    server.close();
  });
  return { channel: new SocketChannel(stream, raw), client, speaker };
}

for (const tls of [false, true]) {
  t.test(`a client that has ended its side${tls ? ' of TLS' : ''}`, async (t) => {
    t.beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
    t.afterEach(() => mock.timers.reset());
    let left = 0;
    const watch = (t: Test, { channel }: Scene, seconds: number): void => {
      left = 0;
      const timer = watchHalfClosed(
        channel,
        () => channel.stream.bytesWritten,
        seconds,
        () => left++,
      );
      t.teardown(() => clearInterval(timer));
    };

    await t.test('gets its response as long as its socket is open', async (t) => {
      const scene = await halfClosed(t, tls);
      watch(t, scene, 0);
      for (let looks = 0; looks < 100; looks++) {
        mock.timers.tick(HOUR);
        await later();
      }
      t.same([scene.channel.destroyed, left], [false, 0]);
      scene.channel.stream.write('the answer');
      await once(scene.speaker, 'data');
    });

    await t.test('is found to be closed', async (t) => {
      const scene = await halfClosed(t, tls);
      watch(t, scene, 0);
      const closed = once(scene.channel.stream, 'close').catch(() => {});
      const gone = once(scene.client, 'close');
      scene.client.resetAndDestroy();
      await gone;
      mock.timers.tick(HOUR);
      await closed;
      t.equal(scene.channel.destroyed, true);
    });
  });
}

t.test('with a time limit, is closed after that time without a write', async (t) => {
  let now = 0;
  t.intercept(performance, 'now', { value: () => now, configurable: true });
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const { channel } = await halfClosed(t, false);
  let left = 0;
  const timer = watchHalfClosed(
    channel,
    () => channel.stream.bytesWritten,
    10,
    () => left++,
  );
  t.teardown(() => clearInterval(timer));
  const pass = (seconds: number): void => {
    now += seconds * 1000;
    mock.timers.tick(1000);
  };
  pass(9);
  t.equal(left, 0);
  channel.stream.write('a part');
  pass(9);
  pass(9);
  t.equal(left, 0, 'the time begins anew with each byte');
  pass(1);
  t.equal(left, 1);
  t.equal(channel.destroyed, true);
});
