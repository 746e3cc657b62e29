import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { EngineOptions } from '../../../../src/engine/index.js';
import type { Addon } from '../../../../src/flow/hooks/hooks.js';
import { folder, write } from '../../../support/folder.js';
import { gatedOrigin } from '../../../support/gated-origin.js';
import { identity, trusting } from '../../../support/identity.js';
import { TestProxy } from '../../../support/test-proxy.js';
import { ask, connectThrough } from '../../../support/tls-client.js';
import { testAuthority } from '../../tls/support.js';

const root = testAuthority();
const NAMES = ['origin.test', 'other.test'];
const mine = identity(root, NAMES);

interface Visit {
  servername?: string;
  alpn?: string[];
}

interface Case {
  name: string;
  /** Connections to the server after the second client. */
  connections: number;
  first?: Visit;
  second?: Visit;
  options?: (folder: string) => Partial<EngineOptions>;
  addons?: Addon[];
  alpn?: string[];
}

const NAMED: Visit = { servername: 'origin.test' };
const CASES: Case[] = [
  { name: 'the same name', connections: 1 },
  { name: 'without share_connections', connections: 2, options: () => ({ shareConnections: false }) },
  { name: 'lazy', connections: 1, options: () => ({ connectionStrategy: 'lazy' }) },
  {
    name: 'the same protocols',
    connections: 1,
    first: { ...NAMED, alpn: ['http/1.1'] },
    second: { ...NAMED, alpn: ['http/1.1'] },
  },
  { name: 'another name', connections: 2, second: { servername: 'other.test' } },
  { name: 'no name', connections: 2, first: {}, second: {} },
  { name: 'other protocols', connections: 2, second: { ...NAMED, alpn: ['http/1.1'] } },
  {
    name: 'a client certificate',
    connections: 2,
    options: (dir) => ({ clientCerts: write(join(dir, 'client.pem'), mine.key + mine.cert) }),
  },
  {
    name: 'client certificates for other servers',
    connections: 1,
    options: (dir) => {
      write(join(dir, 'else.test.pem'), mine.key + mine.cert);
      return { clientCerts: dir };
    },
  },
  { name: 'an addon that may change the handshake', connections: 2, addons: [{ tlsStartServer: () => {} }] },
  // It sees the connection before CONNECT is answered.
  { name: 'an addon that decides on connections', connections: 2, addons: [{ serverConnect: () => {} }] },
  {
    name: 'an addon that decides on connections, lazy',
    connections: 1,
    addons: [{ serverConnect: () => {} }],
    options: () => ({ connectionStrategy: 'lazy' }),
  },
  { name: 'server_identity_ttl=0', connections: 2, options: () => ({ serverIdentityTtl: 0 }) },
];

async function visit(
  t: Test,
  proxy: TestProxy,
  port: number,
  path: string,
  { servername, alpn }: Visit,
): Promise<void> {
  const { socket, status } = await connectThrough(proxy.port, `127.0.0.1:${port}`);
  t.match(status, /200/);
  const { response } = await ask(socket, proxy.authority, {
    path,
    ...(servername !== undefined && { servername }),
    ...(alpn && { alpn }),
  });
  t.equal(response, `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`, 'its own response');
}

t.test('which clients share a connection with TLS', async (t) => {
  for (const { name, connections, first = NAMED, second = NAMED, options, addons = [] } of CASES) {
    await t.test(name, async (t) => {
      const origin = await gatedOrigin(t, [{ identity: mine, alpn: ['http/1.1'] }]);
      const dir = folder(t);
      const proxy = await TestProxy.start(t, {
        options: { ...trusting(join(dir, 'root.pem'), root), shareConnections: true, ...options?.(dir) },
        addons,
      });
      await visit(t, proxy, origin.port, '/one', first);
      const one = (await proxy.http(1)).flow;
      for (let count = 0; count < 4; count++) await turn();
      await visit(t, proxy, origin.port, '/two', second);
      const two = (await proxy.http(2)).flow;
      t.equal(origin.connections, connections);
      t.equal(one.server.id === two.server.id, connections === 1);
      t.equal(two.server.tls?.sni, second.servername);
    });
  }
});

t.test('a server that another client has left to be shared, and that does not fit', async (t) => {
  const origin = await gatedOrigin(t, [{ identity: mine, alpn: ['http/1.1'] }]);
  const proxy = await TestProxy.start(t, {
    options: { ...trusting(join(folder(t), 'root.pem'), root), shareConnections: true },
  });
  await visit(t, proxy, origin.port, '/one', NAMED);
  await proxy.http(1);
  for (let count = 0; count < 4; count++) await turn();
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  t.equal(origin.connections, 1, 'it is not connected before the ClientHello');
  const { peer } = await ask(socket, proxy.authority, { servername: 'other.test', path: '/two' });
  t.match(peer?.certificate.subjectaltname, 'origin.test', 'the leaf has its names');
  t.same(origin.requests, ['0 /one', '1 /two']);
});
