import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls, createSecureContext } from 'node:tls';
import t, { type Test } from 'tap';
import { HOOK_NAMES } from '../../../src/flow/hooks/hooks.js';
import { folder } from '../../support/folder.js';
import { identity, selfSigned, trusting } from '../../support/identity.js';
import { TestProxy } from '../../support/test-proxy.js';
import { ask, connectThrough } from '../../support/tls-client.js';
import { tlsOrigin } from '../../support/tls-origin.js';
import { until } from '../../support/until.js';
import { recorder } from '../hooks/support.js';
import { clientHellos, DAY, testAuthority } from './support.js';

const root = testAuthority();
const NAMES = ['origin.test', '*.alt.test', '127.0.0.1', 'localhost'];

/** An origin for the usual names and a proxy that trusts it. */
async function pair(t: Test, options = {}, addons = {}) {
  const origin = await tlsOrigin(t, identity(root, NAMES, 'Example Org'));
  const proxy = await TestProxy.start(t, {
    options: { ...trusting(join(folder(t), 'root.pem'), root), ...options },
    addons: [addons],
  });
  return { origin, proxy };
}

function sans(certificate: { raw: Buffer }): string | undefined {
  return new X509Certificate(certificate.raw).subjectAltName;
}

t.test('the eight steps come in their order', async (t) => {
  const steps: string[] = [];
  const { origin, proxy } = await pair(
    t,
    {},
    {
      httpConnect: () => void steps.push('1 CONNECT'),
      serverConnected: () => void steps.push('connected by TCP'),
      clientHello: () => void steps.push('3 ClientHello'),
      tlsEstablishedServer: () => void steps.push('5 server handshake'),
      tlsEstablishedClient: () => void steps.push('8 client handshake'),
      requestHeaders: () => void steps.push('request'),
    },
  );
  const { socket, status } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  steps.push('2 answer to CONNECT');
  t.match(status, /^HTTP\/1\.1 200 /);
  const { peer, response } = await ask(socket, proxy.authority, { servername: 'a.alt.test', path: '/steps' });
  t.ok(peer?.authorized);
  t.match(response, /\/steps$/);
  t.same(steps, [
    '1 CONNECT',
    'connected by TCP',
    '2 answer to CONNECT',
    '3 ClientHello',
    '5 server handshake',
    '8 client handshake',
    'request',
  ]);
  t.same(origin.seen, ['a.alt.test'], 'the SNI of the client goes on to the server');
});

t.test('the leaf has the names and the organisation of the server, and the SNI', async (t) => {
  const { origin, proxy } = await pair(t);
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  const { peer } = await ask(socket, proxy.authority, { servername: 'deep.alt.test' });
  const certificate = peer!.certificate;
  t.equal(certificate.subject.O, 'Example Org');
  t.equal(sans(certificate), 'DNS:origin.test, DNS:*.alt.test, IP Address:127.0.0.1, DNS:localhost, DNS:deep.alt.test');
  const validity = Date.parse(certificate.valid_to) - Date.parse(certificate.valid_from);
  t.ok(validity <= 45 * DAY && validity > 30 * DAY);
});

t.test('CONNECT to an address without SNI: the names are those of the server', async (t) => {
  const origin = await tlsOrigin(t, identity(root, ['origin.test', 'www.origin.test']));
  const proxy = await TestProxy.start(t, { options: trusting(join(folder(t), 'root.pem'), root) });
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  const { peer, response } = await ask(socket, proxy.authority, { path: '/no-sni' });
  t.equal(sans(peer!.certificate), 'DNS:origin.test, DNS:www.origin.test', 'the address only if it has it');
  t.match(response, /\/no-sni$/, 'the chain is verified, the names are left to the client');
  t.same(origin.seen, [false]);
});

t.test('a server that chooses its certificate by SNI', async (t) => {
  const first = identity(root, ['one.test']);
  const second = identity(root, ['two.test'], 'Two');
  const origin = await tlsOrigin(t, {
    ...first,
    SNICallback: (name, done) => done(null, createSecureContext(name === 'two.test' ? second : first)),
  });
  const proxy = await TestProxy.start(t, { options: trusting(join(folder(t), 'root.pem'), root) });
  for (const [name, organization] of [
    ['one.test', undefined],
    ['two.test', 'Two'],
  ] as const) {
    const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
    const { peer, response } = await ask(socket, proxy.authority, { servername: name, name });
    t.match(response, /200 OK/);
    t.equal(peer!.certificate.subject.O, organization);
  }
});

t.test('the client gets the protocol that the server chose', async (t) => {
  const cases: [offers: string[] | undefined, server: string[] | undefined, expected: string | false][] = [
    [['h2', 'http/1.1'], ['h2', 'http/1.1'], 'http/1.1'],
    [['http/1.1'], undefined, false],
    [undefined, ['http/1.1'], false],
  ];
  for (const [alpn, ALPNProtocols, expected] of cases) {
    const origin = await tlsOrigin(t, { ...identity(root, NAMES), ALPNProtocols });
    const options = { ...trusting(join(folder(t), 'root.pem'), root), http2: false };
    const proxy = await TestProxy.start(t, { options });
    const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
    const { peer, response } = await ask(socket, proxy.authority, { alpn });
    t.equal(peer!.alpnProtocol, expected);
    t.match(response, /200 OK/);
  }
});

t.test('a client that offers nothing that can be read is passed through, with a line in the log', async (t) => {
  const { origin, proxy } = await pair(t, { http2: false });
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  const direct = await ask(socket, root, { servername: 'origin.test', alpn: ['h2'] });
  t.match(direct.error, /no application protocol|alert/, 'the answer is the own one of the server');
  await proxy.tcp();
  t.ok(proxy.log.some((line) => line.includes('Not intercepted: the client offers only h2 for origin.test, and')));
});

t.test('an addon may leave a connection alone', async (t) => {
  const { origin, proxy } = await pair(
    t,
    {},
    {
      clientHello: (data: { ignoreConnection: boolean }) => {
        data.ignoreConnection = true;
      },
    },
  );
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  const { peer, response } = await ask(socket, root, { servername: 'origin.test', name: 'origin.test', path: '/raw' });
  t.ok(peer?.authorized, 'the certificate is the own one of the server');
  t.match(response, /\/raw$/);
  await proxy.tcp();
});

t.test('the hooks of an exchange come in the order of docs/hooks.md', async (t) => {
  const seen: string[] = [];
  const names = HOOK_NAMES.filter((name) => name !== 'authenticate');
  const { origin, proxy } = await pair(t, {}, recorder(seen, false, names));
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  await ask(socket, proxy.authority, { servername: 'origin.test' });
  await proxy.http();
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/hooks.md'), 'utf8');
  const [sequence] = /^ {4}clientConnected httpConnect .*\n(?: {4}.*\n)*/m.exec(page)!;
  t.same(seen.slice(0, seen.indexOf('flowEnd') + 1), sequence.trim().split(/\s+/));
});

t.test('lazy: the client is served before there is a server', async (t) => {
  const order: string[] = [];
  const { origin, proxy } = await pair(
    t,
    { connectionStrategy: 'lazy', http2: false },
    {
      tlsEstablishedServer: () => void order.push('server'),
      tlsEstablishedClient: () => void order.push('client'),
    },
  );
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  const { peer, response } = await ask(socket, proxy.authority, {
    servername: 'origin.test',
    alpn: ['h2', 'http/1.1'],
  });
  t.match(response, /200 OK/);
  t.same(order, ['client', 'server']);
  t.equal(sans(peer!.certificate), 'DNS:origin.test');
  t.equal(peer!.alpnProtocol, 'http/1.1');
});

t.test('upstream_cert=false: nothing is copied', async (t) => {
  const { origin, proxy } = await pair(t, { upstreamCert: false });
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  const { peer, response } = await ask(socket, proxy.authority, { servername: 'origin.test' });
  t.equal(sans(peer!.certificate), 'DNS:origin.test');
  t.equal(peer!.certificate.subject.O, undefined);
  t.match(response, /200 OK/);
});

t.test(
  'a certificate that fails gives every request a 502 with the reason, inside a handshake that works',
  async (t) => {
    const cases: [name: string, origin: ReturnType<typeof identity>, reason: RegExp][] = [
      ['expired', identity(root, NAMES, undefined, Date.now() - 90 * DAY), /expired/],
      ['self-signed', selfSigned(), /self-signed|issuer/],
      ['wrong name', identity(root, ['other.test']), /Altnames|altnames|names/],
      ['unknown issuer', identity(testAuthority(), NAMES), /issuer|not trusted/],
    ];
    for (const [name, certificate, reason] of cases) {
      const origin = await tlsOrigin(t, certificate);
      const proxy = await TestProxy.start(t, { options: trusting(join(folder(t), 'root.pem'), root) });
      const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
      const { peer, response } = await ask(socket, proxy.authority, { servername: 'origin.test', name: 'origin.test' });
      t.ok(peer?.authorized, `${name}: the client accepts what it is shown`);
      t.match(response, /^HTTP\/1\.1 502 /, name);
      t.match(response, reason, name);
      const { flow } = await proxy.http();
      t.match(flow.error?.message, reason, name);
      t.equal(flow.request.url, `https://127.0.0.1:${origin.port}/`);
      t.same(origin.seen.length <= 1, true);
      const insecure = await TestProxy.start(t, { options: { sslInsecure: true } });
      const again = await connectThrough(insecure.port, `127.0.0.1:${origin.port}`);
      const accepted = await ask(again.socket, insecure.authority, { servername: 'origin.test' });
      t.match(accepted.response, /200 OK/, `${name}: goes with ssl_insecure`);
    }
  },
);

t.test('a whole https URL: its host is what the certificate has to be for, an address too', async (t) => {
  const cases: [names: string[], host: string, answer: RegExp][] = [
    [['127.0.0.1'], '127.0.0.1', /^HTTP\/1\.1 200 OK/],
    [['origin.test'], '127.0.0.1', /^HTTP\/1\.1 502 .*verify failed for 127\.0\.0\.1: .*IP/s],
    [['localhost'], 'localhost', /^HTTP\/1\.1 200 OK/],
    [['127.0.0.1'], 'localhost', /^HTTP\/1\.1 502 .*verify failed for localhost: /s],
  ];
  for (const [names, host, answer] of cases) {
    const origin = await tlsOrigin(t, identity(root, names));
    const proxy = await TestProxy.start(t, { options: trusting(join(folder(t), 'root.pem'), root) });
    const socket = connectTcp(proxy.port, '127.0.0.1');
    socket.write(`GET https://${host}:${origin.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    t.match(await text(socket), answer, `${host}, ${names}`);
  }
});

t.test('a session is resumed, and what was verified stays with it', async (t) => {
  const { origin, proxy } = await pair(t);
  const chains: number[] = [];
  for (let round = 0; round < 3; round++) {
    const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
    const { peer, response } = await ask(socket, proxy.authority, { servername: 'x.alt.test', name: 'x.alt.test' });
    t.match(response, /200 OK/);
    t.match(sans(peer!.certificate), /DNS:origin\.test/);
    const { flow } = await proxy.flow(round + 1);
    chains.push(flow.server.tls!.certificates.length);
  }
  t.same(chains, [1, 1, 1]);
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  const { response } = await ask(socket, proxy.authority, { servername: 'evil.test' });
  t.match(response, /502/, 'a session of another name is no way around the check');
});

t.test('the flow records the TLS of both sides', async (t) => {
  const { origin, proxy } = await pair(t);
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  await ask(socket, proxy.authority, { servername: 'origin.test', alpn: ['h2', 'http/1.1'], maxVersion: 'TLSv1.2' });
  const { client, server } = (await proxy.flow()).flow;
  t.match(client.tls, { version: 'TLSv1.2', sni: 'origin.test', alpn: 'http/1.1', alpnOffers: ['h2', 'http/1.1'] });
  t.ok(client.tls!.cipherOffers.length > 5);
  t.match(server.tls, { version: 'TLSv1.3', sni: 'origin.test', alpn: 'http/1.1', alpnOffers: ['h2', 'http/1.1'] });
  t.equal(server.tls!.certificates.length, 1);
  t.ok(server.timestampStart <= server.timestampTcpSetup!);
  t.ok(server.timestampTcpSetup! <= server.tls!.timestampSetup);
});

t.test('TLS to the proxy itself, and TLS inside TLS', async (t) => {
  const { origin, proxy } = await pair(t);
  const outer = connectTls({
    port: proxy.port,
    host: '127.0.0.1',
    servername: 'proxy.test',
    secureContext: createSecureContext({ ca: proxy.authority.certificatePem }),
  });
  await once(outer, 'secureConnect');
  outer.write(`CONNECT 127.0.0.1:${origin.port} HTTP/1.1\r\n\r\n`);
  await once(outer, 'readable');
  t.match(String(outer.read()), /^HTTP\/1\.1 200/);
  const { response } = await ask(outer, proxy.authority, { servername: 'origin.test', path: '/inner' });
  t.match(response, /\/inner$/);
});

t.test('a ClientHello in single bytes, and one over many records', async (t) => {
  const hello = clientHellos().values().next().value!;
  const body = hello.subarray(5);
  const records = Buffer.concat([...body].flatMap((byte) => [Buffer.from([0x16, 3, 1, 0, 1]), Buffer.from([byte])]));
  for (const [name, pieces] of [
    ['single bytes', [...hello].map((byte) => Buffer.from([byte]))],
    ['a record for each byte', [records]],
  ] as const) {
    const { origin, proxy } = await pair(t, { connectionStrategy: 'lazy' });
    const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
    socket.setNoDelay(true);
    for (const piece of pieces) if (!socket.write(piece)) await once(socket, 'drain');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    t.equal(answer[0], 0x16, `${name}: the server answers with a handshake record`);
    socket.destroy();
  }
});

t.test('an unusable ClientHello ends with one line and affects no other client', async (t) => {
  const { origin, proxy } = await pair(t, { headerTimeout: 0.25 });
  const keep = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  const cases: [name: string, bytes: Buffer, log: RegExp][] = [
    [
      'SSL 3.0',
      Buffer.from(`16030000330100002f0300${'00'.repeat(32)}000008000400050009000a0100`, 'hex'),
      /SSL 3\.0|is malformed/,
    ],
    ['garbage', Buffer.concat([Buffer.from([0x16, 3, 1, 0, 5]), Buffer.from('hello')]), /is malformed/],
    [
      'endless',
      Buffer.concat(
        Array(9).fill(Buffer.concat([Buffer.from([0x16, 3, 1, 0x40, 0, 1, 0, 0xff, 0xff]), Buffer.alloc(0x4000 - 4)])),
      ),
      /longer than|is malformed/,
    ],
    ['cut off', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]), /no complete ClientHello/],
  ];
  for (const [name, bytes, log] of cases) {
    const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
    const before = proxy.log.length;
    socket.write(bytes);
    socket.resume();
    await once(socket, 'close');
    await until(() => proxy.log.slice(before).some((line) => log.test(line)), name);
    t.pass(name);
  }
  keep.socket.destroy();
  const after = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  t.match((await ask(after.socket, proxy.authority, { servername: 'origin.test' })).response, /200 OK/);
});

t.test('a client that does not trust the certificate is reported with its host', async (t) => {
  for (const maxVersion of [undefined, 'TLSv1.2'] as const) {
    const { origin, proxy } = await pair(t);
    const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
    const { error } = await ask(socket, root, { servername: 'origin.test', name: 'origin.test', maxVersion });
    t.ok(error);
    await until(
      () => proxy.log.some((line) => /origin\.test/.test(line) && /warn|info/.test(line) && /trust/.test(line)),
      'a word on trust',
    );
  }
});

t.test('servers that fail the handshake', async (t) => {
  const behaviours: [name: string, onConnection: (socket: Socket) => void, reason: RegExp][] = [
    [
      'speaks HTTP',
      (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')),
      /does not speak TLS/,
    ],
    ['closes', (socket) => void socket.once('data', () => socket.end()), /closed|reset/],
    ['resets', (socket) => void socket.once('data', () => socket.resetAndDestroy()), /closed|reset/],
    ['stalls', () => {}, /no response within/],
  ];
  for (const [name, onConnection, reason] of behaviours) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      onConnection(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxy = await TestProxy.start(t, { options: { connectTimeout: 0.5 } });
    const { socket } = await connectThrough(proxy.port, `127.0.0.1:${port}`);
    const { response } = await ask(socket, proxy.authority, { servername: 'origin.test' });
    t.match(response, /^HTTP\/1\.1 502 /, name);
    t.match(response, reason, name);
    server.close();
  }
});

t.test('hundreds of first connections to a new host', async (t) => {
  const { origin, proxy } = await pair(t);
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
      return ask(socket, proxy.authority, { servername: 'origin.test', name: 'origin.test' });
    }),
  );
  t.equal(answers.filter(({ response }) => response.startsWith('HTTP/1.1 200')).length, 200);
});

t.test('other things than HTTP inside TLS are a flow of their own', async (t) => {
  const { origin, proxy } = await pair(t);
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${origin.port}`);
  const inside = connectTls({ socket, servername: 'origin.test', ca: proxy.authority.certificatePem });
  inside.on('error', () => {});
  await once(inside, 'secureConnect');
  inside.write('\0\x01binary /path\n');
  const [answer] = (await once(inside, 'data')) as [Buffer];
  t.match(String(answer), /200 OK/);
  inside.end();
  t.equal((await proxy.tcp()).flow.client.tls?.sni, 'origin.test');
});

t.test('plain HTTP to a TLS port, and an unreachable server', async (t) => {
  const { origin, proxy } = await pair(t);
  const plain = connectTcp(proxy.port, '127.0.0.1');
  plain.write(`GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
  plain.resume();
  await once(plain, 'close');
  t.ok((await proxy.flow()).flow.error);
  const { status } = await connectThrough(proxy.port, '127.0.0.1:1');
  t.match(status, /^HTTP\/1\.1 502 /);
});
