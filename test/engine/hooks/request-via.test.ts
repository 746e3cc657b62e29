import { connect } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Via } from '../../../src/flow/connection.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { folder } from '../../support/folder.js';
import { identity, trusting } from '../../support/identity.js';
import { answering, OK, RawOrigin } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { TestProxy } from '../../support/test-proxy.js';
import { ask, connectThrough } from '../../support/tls-client.js';
import { tlsOrigin } from '../../support/tls-origin.js';
import { testAuthority } from '../tls/support.js';

const SECRET = { username: 'me', password: 'pass' };
const BASIC = `Basic ${Buffer.from('me:pass').toString('base64')}`;

const through = (proxy: RawOrigin, scheme: Via['scheme'] = 'http'): Via => ({
  scheme,
  address: ['127.0.0.1', proxy.port],
});

/** Sets the upstream proxy of a request by the last segment of its path. */
const byPath = (proxies: Readonly<Record<string, Via>>): Addon => ({
  requestHeaders: ({ request }) => {
    request.via = proxies[request.path.slice(request.path.lastIndexOf('/') + 1)];
  },
});

t.test('each request of a connection may go through another proxy', async (t) => {
  const [one, other] = [await RawOrigin.start(t, answering(OK, OK)), await RawOrigin.start(t, answering(OK, OK))];
  const addons = [byPath({ one: through(one), other: { ...through(other), credentials: SECRET } })];
  const { client, origin, url, proxy } = await setup(t, answering(OK, OK), { addons });
  const names = ['one', 'none', 'other', 'one', 'other', 'none'];
  for (const [index, name] of names.entries()) {
    client.send(`GET ${url}/${name} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.has(OK, index + 1);
  }
  const get = (path: string, rest = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${rest}\r\n`;
  const texts = (server: RawOrigin) => server.connections.map(({ text }) => text);
  t.same(texts(one), [get(`${url}/one`).repeat(2)], 'each proxy has one connection');
  t.same(texts(other), [get(`${url}/other`, `Proxy-Authorization: ${BASIC}\r\n`).repeat(2)], 'with the credentials');
  t.same(texts(origin), [get('/none').repeat(2)], 'and the server one of its own');
  for (const [index, expected] of [through(one), undefined, through(other)].entries()) {
    t.same((await proxy.http(index + 1)).flow.server.via, expected, 'recorded without credentials');
  }
});

t.test('the same proxy with other credentials has another connection', async (t) => {
  const upstream = await RawOrigin.start(t, answering(OK));
  const via = through(upstream);
  const addons = [
    byPath({ a: { ...via, credentials: SECRET }, b: { ...via, credentials: { ...SECRET, password: 'x' } } }),
  ];
  const { client, url } = await setup(t, () => {}, { addons });
  for (const [index, name] of ['a', 'b'].entries()) {
    client.send(`GET ${url}/${name} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.has(OK, index + 1);
  }
  t.equal(upstream.connections.length, 2);
});

t.test('an object that an addon changes for the next request', async (t) => {
  const [one, other] = [await RawOrigin.start(t, answering(OK)), await RawOrigin.start(t, answering(OK))];
  const proxies = [one, other].map((proxy) => proxy.port);
  const via = { scheme: 'http', address: ['127.0.0.1', 0] as [string, number] } as const;
  const rotate: Addon = {
    requestHeaders: ({ request }) => {
      via.address[1] = proxies.shift()!;
      request.via = via;
    },
  };
  const { client, url } = await setup(t, () => {}, { addons: [rotate] });
  for (const index of [1, 2]) {
    client.send(`GET ${url}/x HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.has(OK, index);
  }
  t.same([one.connections.length, other.connections.length], [1, 1]);
});

t.test('the choice of serverConnect is kept if an idle connection was looked for', async (t) => {
  const [ofMode, chosen] = [await RawOrigin.start(t, answering(OK)), await RawOrigin.start(t, answering(OK))];
  for (const mode of ['regular', `upstream:http://${ofMode.authority}`]) {
    const before = chosen.connections.length;
    let isFirst = true;
    const addon: Addon = {
      serverConnect: ({ server }) => {
        if (!isFirst) server.via = through(chosen);
        isFirst = false;
      },
    };
    const { client, url, proxy } = await setup(t, answering(OK), {
      addons: [addon],
      options: { mode: [mode], shareConnections: true, connectionStrategy: 'lazy' },
    });
    const get = `GET ${url}/x HTTP/1.1\r\nHost: a\r\n\r\n`;
    client.send(get);
    await client.has(OK);
    await proxy.http();
    const second = await proxy.connect();
    second.send(get);
    await second.has(OK);
    t.equal(chosen.connections.length, before + 1, mode);
    t.same((await proxy.http(2)).flow.server.via, through(chosen));
  }
});

t.test('instead of the upstream proxy of the mode, and in reverse mode', async (t) => {
  const [ofMode, chosen] = [await RawOrigin.start(t, answering(OK)), await RawOrigin.start(t, answering(OK))];
  const addons = [byPath({ chosen: through(chosen) })];
  const upstream = await TestProxy.start(t, { addons, options: { mode: [`upstream:http://${ofMode.authority}`] } });
  const client = await upstream.connect();
  for (const [index, name] of ['chosen', 'mode'].entries()) {
    client.send(`GET http://a.test/${name} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    await client.has(OK, index + 1);
  }
  t.match(chosen.connections[0]!.text, 'GET http://a.test/chosen HTTP/1.1');
  t.match(ofMode.connections[0]!.text, 'GET http://a.test/mode HTTP/1.1');

  const tunnel = await RawOrigin.start(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send('HTTP/1.1 200 OK\r\n\r\n');
    await wire.has('\r\n\r\n', 2);
    wire.send(OK);
  });
  const reverse = await TestProxy.start(t, {
    addons: [byPath({ chosen: through(tunnel) })],
    options: { mode: ['reverse:http://unreachable.invalid:81'] },
  });
  const direct = await reverse.connect();
  direct.send('GET /chosen HTTP/1.1\r\nHost: a\r\n\r\n');
  await direct.has(OK);
  t.match(tunnel.connections[0]!.text, /^CONNECT unreachable\.invalid:81 HTTP\/1\.1\r\n/);
});

/** An HTTP proxy that joins each connection with a port. */
function tunneling(t: Test, port: number): Promise<RawOrigin> {
  return RawOrigin.start(t, async (wire) => {
    const { socket } = wire;
    await wire.has('\r\n\r\n');
    wire.send('HTTP/1.1 200 OK\r\n\r\n');
    const onward = connect(port, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    onward.on('error', () => {});
  });
}

t.test('requests in a tunnel, and a tunnel', async (t) => {
  const root = testAuthority();
  const origin = await tlsOrigin(t, identity(root, ['origin.test']));
  const upstream = await tunneling(t, origin.port);
  const start = (addon: Addon) =>
    TestProxy.start(t, { addons: [addon], options: trusting(join(folder(t), 'root.pem'), root) });
  const get = async (proxy: TestProxy, path: string) => {
    const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
    return (await ask(socket, proxy.authority, { servername: 'origin.test', path })).response;
  };
  const perRequest = await start(byPath({ chosen: through(upstream) }));
  t.match(await get(perRequest, '/none'), /\/none$/);
  t.equal(upstream.connections.length, 0);
  t.match(await get(perRequest, '/chosen'), /\/chosen$/);
  t.match((await upstream.connection()).text, `CONNECT 127.0.0.1:${origin.port} HTTP/1.1\r\n`);
  t.same((await perRequest.http(2)).flow.server.via, through(upstream));
  t.same(new Set(origin.seen), new Set(['origin.test']), 'with the name that the client sent');

  const before = origin.seen.length;
  const perTunnel = await start({
    httpConnect: ({ request }) => {
      request.via = through(upstream);
    },
  });
  t.match(await get(perTunnel, '/x'), /\/x$/);
  t.same([upstream.connections.length, origin.seen.length - before], [2, 1], 'also for the first look at the server');
});

t.test('a SOCKS 5 proxy', async (t) => {
  const upstream = await TestProxy.start(t, { options: { mode: ['socks5'] } });
  const via: Via = { scheme: 'socks5', address: ['127.0.0.1', upstream.port] };
  const { client, url, proxy } = await setup(t, answering(OK), { addons: [byPath({ x: via })] });
  client.send(`GET ${url}/x HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.has(OK);
  t.equal((await upstream.http()).flow.request.path, '/x');
  t.same((await proxy.http()).flow.server.via, via);
});

t.test('a proxy that cannot be reached, and one that is none', async (t) => {
  const closed = await RawOrigin.start(t);
  closed.close();
  const { client, origin, url, proxy } = await setup(t, answering(OK), { addons: [byPath({ x: through(closed) })] });
  client.send(`GET ${url}/x HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.has('</html>');
  t.match(client.text, /^HTTP\/1\.1 502 /);
  t.match((await proxy.http()).flow.error?.message, /^Could not connect to the upstream proxy 127\.0\.0\.1:/);
  t.equal(origin.connections.length, 0, 'the server is not asked directly');

  const request = HttpRequest.make('GET', 'http://a.test/');
  const address = ['127.0.0.1', 1];
  const credentials = { username: 'a' };
  const wrong = [null, 'http://a', {}, { scheme: 'ftp', address }, { scheme: 'http', address, credentials }];
  const set = (value: unknown): void => {
    request.via = value as Via;
  };
  for (const value of [...wrong, { scheme: 'http', address: 'a:1' }]) {
    t.throws(() => set(value), { name: 'TypeError', message: /^Not an upstream proxy/ }, JSON.stringify(value));
  }
  request.via = { scheme: 'http', address: ['127.0.0.1', 1] };
  t.same(request.clone().via, request.via);
});
