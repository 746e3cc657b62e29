import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { folder } from '../../support/folder.js';
import { identity, trusting } from '../../support/identity.js';
import { answering, OK, RawOrigin } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { TestProxy } from '../../support/test-proxy.js';
import { ask, connectThrough } from '../../support/tls-client.js';
import { tlsOrigin } from '../../support/tls-origin.js';
import { testAuthority } from '../tls/support.js';
import { counting } from './support.js';

const root = testAuthority();

t.test('serverConnect changes the destination, and the next request reuses the connection', async (t) => {
  const other = await RawOrigin.start(t, counting(OK));
  const addon: Addon = {
    serverConnect: async ({ server }) => {
      server.address = ['127.0.0.1', other.port];
    },
  };
  const { client, origin, url, proxy } = await setup(t, () => {}, { addons: [addon] });
  for (const count of [1, 2]) {
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.has(OK, count);
  }
  t.same([origin.connections.length, other.connections.length], [0, 1]);
  t.same((await proxy.http(2)).flow.server.address, ['127.0.0.1', other.port]);
});

t.test('serverConnect chooses the upstream proxy', async (t) => {
  const upstream = await RawOrigin.start(t, answering(OK));
  const addon: Addon = {
    serverConnect: ({ server }) => {
      server.via = { scheme: 'http', address: ['127.0.0.1', upstream.port] };
    },
  };
  const { client, origin, url } = await setup(t, () => {}, { addons: [addon] });
  client.send(`GET ${url}/x HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.has(OK);
  t.equal(origin.connections.length, 0);
  t.match(upstream.connections[0]!.text, `GET ${url}/x HTTP/1.1\r\n`);
});

t.test('serverConnect refuses', async (t) => {
  const addon: Addon = {
    serverConnect: async ({ server }) => {
      server.error = 'Not there.';
    },
  };
  const { client, origin, url, proxy } = await setup(t, () => {}, { addons: [addon] });
  client.send(`GET ${url}/x HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.has('</html>');
  t.match(client.text, /^HTTP\/1\.1 502 /);
  t.equal((await proxy.http()).flow.error?.message, 'Not there.');
  t.equal(origin.connections.length, 0);
});

const named =
  (sni: string): Addon['serverConnect'] =>
  ({ server }) => {
    server.sni = sni;
  };

async function secure(t: Test, addon: Addon, servername = 'origin.test') {
  const origin = await tlsOrigin(t, identity(root, ['origin.test', 'other.test'], 'Example'));
  const proxy = await TestProxy.start(t, {
    options: { ...trusting(join(folder(t), 'root.pem'), root) },
    addons: [addon],
  });
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  const { response } = await ask(socket, proxy.authority, { servername, path: '/x' });
  return { origin, proxy, response };
}

t.test('the name for TLS with the server', async (t) => {
  const cases: [name: string, addon: Addon, seen: (string | false)[]][] = [
    ['serverConnect', { serverConnect: named('other.test') }, ['other.test']],
    ['none', { serverConnect: named('') }, [false]],
    [
      'tlsStartServer',
      { tlsStartServer: async (data) => void Object.assign(data, { sni: 'other.test' }) },
      ['other.test'],
    ],
    ['left as it is', { tlsStartServer: () => {} }, ['origin.test']],
  ];
  for (const [name, addon, seen] of cases) {
    const { origin, response } = await secure(t, addon);
    t.same(origin.seen, seen, name);
    t.match(response, /\/x$/, name);
  }
  const { response, proxy } = await secure(t, { serverConnect: named('wrong.test') });
  t.match(response, /^HTTP\/1\.1 502 /, 'the certificate has to be for it');
  t.match((await proxy.http()).flow.error?.message, /Certificate verify failed for wrong\.test/);
});

t.test('what the client gets', async (t) => {
  const seen: unknown[] = [];
  const { proxy, response } = await secure(t, {
    tlsStartClient: async (data) => {
      seen.push(data.sni);
      data.alpn = 'h9';
    },
  });
  t.match(response, /\/x$/);
  t.same(seen, ['origin.test']);
  t.equal((await proxy.http()).flow.client.tls?.alpn, undefined, 'a protocol that it did not offer is not answered');
});

t.test('clientHello selects passthrough', async (t) => {
  const { proxy, response } = await secure(
    t,
    {
      clientHello: async (data) => {
        data.ignoreConnection = true;
      },
    },
    'origin.test',
  ).catch((error) => ({ proxy: undefined, response: String(error) }));
  // The client does not know the authority of the origin.
  t.ok(proxy === undefined || !/\/x$/.test(response ?? ''));
});
