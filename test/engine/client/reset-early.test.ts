import { execFileSync } from 'node:child_process';
import t from 'tap';
import type { ClientConnection } from '../../../src/flow/connection.js';
import { TestProxy } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';

/** Connects and resets, all while the proxy of this process cannot accept. */
const RESET = `
  const { connect } = require('node:net');
  for (let count = 0; count < 20; count++) {
    const socket = connect(Number(process.argv[1]), '127.0.0.1', () => socket.write('GET ', () => socket.resetAndDestroy()));
  }`;

t.test('clients that reset their connection before it is accepted', async (t) => {
  const peers: (string | undefined)[] = [];
  const connected = ({ peer }: ClientConnection): void => void peers.push(peer?.[0]);
  const proxy = await TestProxy.start(t, { addons: [{ name: 'notes', clientConnected: connected }] });
  execFileSync(process.execPath, ['-e', RESET, String(proxy.ports[0])]);
  const client = await proxy.connect();
  client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(() => peers.includes('127.0.0.1'), 'a client that stays');
  t.same(
    peers.filter((peer) => peer !== '127.0.0.1'),
    [],
    'no addon meets a client without an address',
  );
});
