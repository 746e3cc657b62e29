import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import type { EngineOptions } from '../../../src/engine/index.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { folder } from '../../support/folder.js';
import { type Gate, gatedOrigin } from '../../support/gated-origin.js';
import { identity, trusting } from '../../support/identity.js';
import { TestProxy } from '../../support/test-proxy.js';
import { ask, connectThrough } from '../../support/tls-client.js';
import { until } from '../../support/until.js';
import { testAuthority } from './support.js';

const root = testAuthority();
const NAME = 'origin.test';
const ours = (organization?: string, ...more: string[]) => identity(root, [NAME, ...more], organization);

interface Scene {
  proxy: TestProxy;
  origin: Awaited<ReturnType<typeof gatedOrigin>>;
  /** A new client: shakes hands and asks for a path. */
  visit(path: string, options?: { alpn?: string[]; servername?: string }): ReturnType<typeof ask>;
  /** A new client that has shaken hands. */
  connect(options?: { alpn?: string[]; servername?: string }): Promise<TLSSocket>;
}

async function scene(
  t: Test,
  gates: readonly Gate[],
  options: Partial<EngineOptions> = {},
  addons: Addon[] = [],
): Promise<Scene> {
  const origin = await gatedOrigin(t, gates);
  const proxy = await TestProxy.start(t, {
    options: { ...trusting(join(folder(t), 'root.pem'), root), ...options },
    addons,
  });
  const tunnel = async () => (await connectThrough(proxy.port, `127.0.0.1:${origin.port}`)).socket;
  return {
    proxy,
    origin,
    visit: async (path, { alpn, servername = NAME } = {}) =>
      ask(await tunnel(), proxy.authority, { servername, path, ...(alpn && { alpn }) }),
    connect: async ({ alpn, servername = NAME } = {}) => {
      const stream = connectTls({
        socket: await tunnel(),
        servername,
        ca: proxy.authority.certificatePem,
        checkServerIdentity: () => undefined,
        ...(alpn && { ALPNProtocols: alpn }),
      });
      t.teardown(() => stream.destroy());
      await once(stream, 'secureConnect');
      return stream;
    },
  };
}

/** A promise and what resolves it. */
function gate(): { opens: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opens = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opens, open };
}

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`;

async function answerTo(stream: TLSSocket, path: string): Promise<string> {
  stream.write(request(path));
  const [chunk] = (await once(stream, 'data')) as [Buffer];
  return String(chunk);
}

const organizationOf = (stream: TLSSocket) => stream.getPeerCertificate().subject.O;
const namesOf = (stream: TLSSocket) => new X509Certificate(stream.getPeerCertificate().raw).subjectAltName;

t.test('the next client is answered before the server is, and its request waits for the server', async (t) => {
  for (const alpn of [undefined, ['http/1.1']]) {
    const { opens, open } = gate();
    const origin = ours('Example Org');
    const {
      visit,
      connect,
      origin: server,
      proxy,
    } = await scene(t, [
      { identity: origin, alpn: ['http/1.1'] },
      { identity: origin, alpn: ['http/1.1'], opens },
    ]);
    t.match((await visit('/one', alpn && { alpn })).response, /\/one$/);
    const second = await connect(alpn && { alpn });
    t.equal(organizationOf(second), 'Example Org', 'names are known');
    t.equal(second.alpnProtocol, alpn ? 'http/1.1' : false);
    t.equal(server.connections, 2, 'eager: the server is connected');
    second.write(request('/two'));
    t.same(server.requests, ['0 /one'], 'nothing is sent before the handshake');
    open();
    const [chunk] = (await once(second, 'data')) as [Buffer];
    t.match(String(chunk), /\/two$/);
    t.same(server.requests, ['0 /one', '1 /two']);
    second.destroy();
    const { flow } = await proxy.http(2);
    t.equal(flow.server.tls?.certificates.length, 1);
  }
});

t.test('what makes a client wait', async (t) => {
  const origin = ours('Example Org');
  const cases: [name: string, options: Partial<EngineOptions>, addons: Addon[], second: object][] = [
    ['server_identity_ttl=0', { serverIdentityTtl: 0 }, [], {}],
    ['another name', {}, [], { servername: 'other.test' }],
    ['other offers', {}, [], { alpn: ['http/1.1'] }],
    ['an addon that sees each handshake', {}, [{ tlsEstablishedServer: () => {} }], {}],
  ];
  for (const [name, options, addons, how] of cases) {
    await t.test(name, async (t) => {
      const { opens, open } = gate();
      const gates = [{ identity: origin }, { identity: origin, opens }];
      const { visit, connect, proxy, origin: server } = await scene(t, gates, options, addons);
      await visit('/one');
      let isDone = false;
      const second = connect(how).then((stream) => {
        isDone = true;
        return stream;
      });
      await until(() => server.connections === 2, 'the connection to the server');
      // Meanwhile a client that need not wait would be done.
      for (let count = 0; count < 3; count++) (await connectThrough(proxy.port, '127.0.0.1:1')).socket.destroy();
      t.notOk(isDone);
      open();
      await second;
    });
  }
});

t.test('a client that leaves without a request leaves no connection to the server', async (t) => {
  const origin = ours();
  const { visit, connect, proxy } = await scene(t, [{ identity: origin, alpn: ['http/1.1'] }]);
  await visit('/one');
  await proxy.flow();
  (await connect()).destroy();
  const gone = () => proxy.messages('info').filter((line) => line.startsWith('server disconnect')).length;
  await until(() => gone() === 2, 'both connections to be closed');
});

t.test('lazy: the leaf has the names of the server once it is known', async (t) => {
  const origin = ours('Example Org', 'www.test');
  const { visit, connect } = await scene(t, [{ identity: origin }], { connectionStrategy: 'lazy' });
  t.equal((await visit('/one')).peer?.certificate.subject.O, undefined);
  const second = await connect();
  t.equal(organizationOf(second), 'Example Org');
  t.equal(namesOf(second), 'DNS:origin.test, DNS:www.test');
  t.match(await answerTo(second, '/two'), /\/two$/);
});

t.test('a server whose certificate fails now', async (t) => {
  for (const [name, other] of [
    ['for another host', identity(root, ['other.test'])],
    ['by another authority', identity(testAuthority(), [NAME])],
  ] as const) {
    await t.test(name, async (t) => {
      const { visit, connect, origin, proxy } = await scene(t, [
        { identity: ours('Example Org') },
        { identity: other },
        { identity: ours('New Org') },
      ]);
      await visit('/one');
      const second = await connect();
      t.equal(organizationOf(second), 'Example Org');
      for (const path of ['/two', '/again']) {
        const answer = await answerTo(second, path);
        t.match(answer, /^HTTP\/1\.1 502 /);
        t.match(answer, /verify failed/);
        if (/connection: close/i.test(answer)) break;
      }
      t.same(origin.requests, ['0 /one'], 'it got no request');
      t.equal((await proxy.http(2)).flow.error?.code, 'certificate-rejected');
      t.equal((await visit('/three')).peer?.certificate.subject.O, 'New Org', 'what was known is forgotten');
      t.same(origin.requests, ['0 /one', '2 /three']);
    });
  }
});

t.test('a server with another certificate for the same host', async (t) => {
  const { visit, connect, origin } = await scene(t, [
    { identity: ours('Old Org', 'a.test') },
    { identity: ours('New Org', 'b.test') },
  ]);
  await visit('/one');
  const second = await connect();
  t.equal(organizationOf(second), 'Old Org');
  t.match(await answerTo(second, '/two'), /\/two$/);
  const third = await connect();
  t.equal(organizationOf(third), 'New Org');
  t.equal(namesOf(third), 'DNS:origin.test, DNS:b.test');
  t.match(await answerTo(third, '/three'), /\/three$/);
  t.same(origin.requests, ['0 /one', '1 /two', '2 /three']);
});

t.test('a client without a name relies on all names that it was shown', async (t) => {
  const { visit, connect, origin } = await scene(t, [
    { identity: ours(undefined, 'a.test') },
    { identity: ours(undefined, 'a.test', 'b.test') },
    { identity: ours(undefined, 'b.test') },
  ]);
  const unnamed = { servername: '' };
  t.match((await visit('/one', unnamed)).response, /\/one$/);
  const second = await connect(unnamed);
  t.equal(namesOf(second), 'DNS:origin.test, DNS:a.test');
  t.match(await answerTo(second, '/two'), /\/two$/, 'more names do no harm');
  const third = await connect(unnamed);
  t.equal(namesOf(third), 'DNS:origin.test, DNS:a.test, DNS:b.test');
  t.match(await answerTo(third, '/three'), /^HTTP\/1\.1 502 [^]*a\.test/, 'a missing one does');
  t.same(origin.requests, ['0 /one', '1 /two']);
});

t.test('a server that chooses another protocol now', async (t) => {
  const { key, cert } = ours();
  const http1 = () => {
    const server = createServer({ key, cert, ALPNProtocols: ['http/1.1'] }, (socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nold1'));
    });
    return server;
  };
  const http2 = () =>
    createSecureServer({ key, cert, allowHTTP1: false }).on('stream', (stream) => {
      stream.respond({ ':status': 200 });
      stream.end('new2');
    });
  /** Asks over the protocol that the client got. */
  const fetchBy = async (stream: TLSSocket): Promise<string> => {
    if (stream.alpnProtocol !== 'h2') return answerTo(stream, '/');
    const session = connectHttp2(`https://${NAME}`, { createConnection: () => stream });
    const asked = session.request({ ':path': '/' });
    let text = '';
    asked.on('data', (chunk) => {
      text += chunk;
    });
    await once(asked, 'end');
    session.destroy();
    return text;
  };
  const cases = [
    ['h2', http2, http1, /new2/, /old1/],
    ['http/1.1', http1, http2, /old1/, /new2/],
  ] as const;
  for (const [alpn, before, after, first, second] of cases) {
    await t.test(`instead of ${alpn}`, async (t) => {
      const sockets = new Set<{ destroy(): void }>();
      const listen = async (server: ReturnType<typeof http1>, port: number): Promise<number> => {
        server.on('connection', (socket) => sockets.add(socket));
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
        return (server.address() as AddressInfo).port;
      };
      const close = async (server: ReturnType<typeof http1>): Promise<void> => {
        const closed = once(server, 'close');
        server.close();
        for (const socket of sockets) socket.destroy();
        await closed;
      };
      const old = before() as ReturnType<typeof http1>;
      const port = await listen(old, 0);
      const proxy = await TestProxy.start(t, { options: trusting(join(folder(t), 'root.pem'), root) });
      const visit = async () => {
        const { socket } = await connectThrough(proxy.port, `127.0.0.1:${port}`);
        const stream = connectTls({
          socket,
          servername: NAME,
          ca: proxy.authority.certificatePem,
          ALPNProtocols: ['h2', 'http/1.1'],
        });
        await once(stream, 'secureConnect');
        const protocol = stream.alpnProtocol;
        const answer = await fetchBy(stream);
        stream.destroy();
        return { protocol, answer };
      };
      const one = await visit();
      t.equal(one.protocol, alpn);
      t.match(one.answer, first);
      await close(old);
      const fresh = after() as ReturnType<typeof http1>;
      await listen(fresh, port);
      t.teardown(() => close(fresh));
      const two = await visit();
      t.equal(two.protocol, alpn, 'as it was known');
      t.match(two.answer, second, 'translated');
      const three = await visit();
      t.equal(three.protocol, alpn === 'h2' ? 'http/1.1' : 'h2');
      t.match(three.answer, second);
    });
  }
});
