import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import t from 'tap';
import { OutboundSockets } from '../../../src/engine/upstream/outbound-sockets.js';
import type { Address } from '../../../src/flow/connection.js';
import { OTHER_LOOPBACK } from '../../support/ipv6.js';
import { until } from '../../support/until.js';

t.test('knows a connection before its other end is accepted, until it is closed', async (t) => {
  for (const host of ['127.0.0.1', OTHER_LOOPBACK]) {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const to: Address = [host, (server.address() as { port: number }).port];
    const own = new OutboundSockets();
    const socket = connect(to[1], to[0]);
    own.add(socket, to);
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const from: Address = [accepted.remoteAddress!, accepted.remotePort!];
    t.equal(own.has(from, to), true, host);
    t.equal(own.has(from, [host, to[1] + 1]), false, 'a port may be used for two destinations');
    t.equal(own.has([host, from[1] + 1], to), false);
    t.equal(own.has(to, from), false);
    if (host === '127.0.0.1')
      t.equal(own.has([`::ffff:${from[0]}`, from[1]], [`::ffff:${host}`, to[1]]), true, 'mapped');
    socket.destroy();
    await until(() => !own.has(from, to), 'it to be forgotten');
    accepted.destroy();
    server.close();
  }
});

t.test('one that cannot be made is not known', async (t) => {
  const own = new OutboundSockets();
  const socket = connect(1, '127.0.0.1').on('error', () => {});
  own.add(socket, ['127.0.0.1', 1]);
  own.add(socket, ['localhost', 1]);
  socket.destroy();
  await once(socket, 'close');
  t.equal(own.has(['127.0.0.1', 0], ['127.0.0.1', 1]), false);
});
