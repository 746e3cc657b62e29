import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Test } from 'tap';
import t from 'tap';
import type { EngineOptions } from '../../../src/engine/index.js';
import { readAvailable } from '../../../src/engine/net/read-until.js';
import { distinguishedName, toPem } from '../../../src/engine/tls/x509/certificate-writer.js';
import { folder, write } from '../../support/folder.js';
import { type Identity, identity, trusting } from '../../support/identity.js';
import { type SwitchingOrigin, switchingOrigin } from '../../support/switching-origin.js';
import { TestProxy } from '../../support/test-proxy.js';
import { connectThrough } from '../../support/tls-client.js';
import { until } from '../../support/until.js';
import { certificate, ecKey, keyPem, testAuthority } from './support.js';

const root = testAuthority();
const trusted = trusting(join(folder(t), 'root.pem'), root);
const ADDRESS = '127.0.0.1';

/** What servers show. */
const SERVERS = {
  named: identity(root, ['www.origin.test']),
  renewed: identity(root, ['www.origin.test']),
  wildcard: identity(root, ['*.origin.test']),
  address: identity(root, [ADDRESS]),
  both: identity(root, ['www.origin.test', ADDRESS]),
  other: identity(root, ['other.test']),
  'other, with the address': identity(root, ['other.test', ADDRESS]),
  'name in the CN': inCommonName('www.origin.test'),
  'address in the CN': inCommonName(ADDRESS),
  none: inCommonName('Some Body'),
} satisfies Record<string, Identity>;

type ServerName = keyof typeof SERVERS;

function inCommonName(commonName: string): Identity {
  const key = ecKey();
  const name = distinguishedName({ commonName });
  const issuer = { key: root.key, name: root.subject };
  return { key: keyPem(key), cert: toPem(certificate({ key, issuer, name, extensions: [] })) };
}

/** The settings in which the leaf is made with the names of the server, and those in which it cannot be. */
const COPYING: Partial<EngineOptions>[] = [{ connectionStrategy: 'eager', upstreamCert: true }];
const BLIND: Partial<EngineOptions>[] = [
  { connectionStrategy: 'eager', upstreamCert: false },
  { connectionStrategy: 'lazy', upstreamCert: true },
  { connectionStrategy: 'lazy', upstreamCert: false },
];
const ALL = [...COPYING, ...BLIND];
/** Of each kind one. */
const TWO = [COPYING[0]!, BLIND[1]!];

interface Case {
  settings: Partial<EngineOptions>[];
  /** The SNI of the client. */
  sni: string | undefined;
  /** What the server shows on its first connection, and on each after it. */
  servers: ServerName[];
  /** The names that the client sees. */
  leaf: string | RegExp;
  /** The status of each request; the origin must have seen no others than those with 200. */
  answers: number[];
}

const IP = `IP Address:${ADDRESS}`;
const DNS = 'DNS:www.origin.test';
const named = (servers: ServerName[], answers: number[]): Case => ({
  ...{ settings: ALL, sni: 'www.origin.test', leaf: /DNS:www\.origin\.test/ },
  servers,
  answers,
});
const unnamed = (servers: ServerName[], leaf: string, answers: number[]): Case => ({
  ...{ settings: COPYING, sni: undefined },
  servers,
  leaf,
  answers,
});
const blind = (servers: ServerName[], answers: number[]): Case => ({
  ...{ settings: BLIND, sni: undefined, leaf: IP },
  servers,
  answers,
});

const CASES: Case[] = [
  // The SNI is what is checked.
  named(['named'], [200]),
  named(['both'], [200]),
  named(['wildcard'], [200]),
  named(['name in the CN'], [200]),
  named(['address'], [502]),
  named(['other'], [502]),
  named(['address in the CN'], [502]),
  named(['none'], [502]),
  named(['named', 'both'], [200, 200]),
  named(['named', 'other'], [200, 502]),
  named(['both', 'other, with the address'], [200, 502]),
  // The client sees the names, and so checks them.
  unnamed(['named'], DNS, [200]),
  unnamed(['address'], IP, [200]),
  unnamed(['both'], `${DNS}, ${IP}`, [200]),
  unnamed(['wildcard'], 'DNS:*.origin.test', [200]),
  unnamed(['name in the CN'], DNS, [200]),
  unnamed(['address in the CN'], IP, [502]),
  unnamed(['none'], IP, [502]),
  // Later connections are for all that it saw.
  unnamed(['named', 'named', 'renewed', 'both', 'wildcard', 'name in the CN'], DNS, [200, 200, 200, 200, 200, 200]),
  unnamed(['named', 'other'], DNS, [200, 502]),
  unnamed(['named', 'address'], DNS, [200, 502]),
  unnamed(['named', 'other, with the address'], DNS, [200, 502]),
  unnamed(['named', 'address in the CN'], DNS, [200, 502]),
  unnamed(['named', 'none'], DNS, [200, 502]),
  unnamed(['both', 'both'], `${DNS}, ${IP}`, [200, 200]),
  unnamed(['both', 'named'], `${DNS}, ${IP}`, [200, 502]),
  unnamed(['both', 'address'], `${DNS}, ${IP}`, [200, 502]),
  unnamed(['address', 'both'], IP, [200, 200]),
  unnamed(['address', 'named'], IP, [200, 502]),
  unnamed(['address', 'address in the CN'], IP, [200, 502]),
  unnamed(['wildcard', 'wildcard'], 'DNS:*.origin.test', [200, 200]),
  unnamed(['wildcard', 'named'], 'DNS:*.origin.test', [200, 502]),
  // The client saw the address.
  blind(['address'], [200]),
  blind(['both'], [200]),
  blind(['named'], [502]),
  blind(['wildcard'], [502]),
  blind(['name in the CN'], [502]),
  blind(['address in the CN'], [502]),
  blind(['none'], [502]),
  blind(['address', 'both', 'other, with the address'], [200, 200, 200]),
  blind(['both', 'named'], [200, 502]),
  blind(['address', 'address in the CN'], [200, 502]),
];

for (const options of ALL) {
  t.test(`${options.connectionStrategy}, upstream_cert=${options.upstreamCert}`, async (t) => {
    const proxy = await TestProxy.start(t, { options: { ...trusted, ...options } });
    for (const { settings, sni, servers, leaf, answers } of CASES) {
      if (!settings.includes(options)) continue;
      t.comment(`${sni ?? 'no SNI'}: ${servers.join(', then ')}`);
      await check(t, proxy, servers, answers, leaf, (port) => tunnel(proxy, port, sni));
    }
  });
}

t.test('other proxy modes', async (t) => {
  const parent = await TestProxy.start(t, { addons: [{ name: 'blind', clientHello: leaveAlone }] });
  const socks = async (proxy: TestProxy, port: number, sni: string | undefined): Promise<TLSSocket> => {
    const socket = connectTcp(proxy.port, ADDRESS).on('error', () => {});
    socket.write(Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 0xff]));
    await received(socket, 12);
    return shakeHands(proxy, socket, sni);
  };
  const table: [mode: string, reach: typeof tunnel][] = [
    ['socks5', socks],
    [`upstream:http://${ADDRESS}:${parent.port}`, tunnel],
  ];
  for (const [mode, reach] of table) {
    for (const options of TWO) {
      const proxy = await TestProxy.start(t, { options: { ...trusted, ...options, mode: [mode] } });
      for (const { settings, sni, servers, leaf, answers } of CASES) {
        if (!settings.includes(options) || (servers.length !== 2 && servers[0] !== 'none')) continue;
        t.comment(`${mode}, ${options.connectionStrategy}, ${sni ?? 'no SNI'}`);
        await check(t, proxy, servers, answers, leaf, (port) => reach(proxy, port, sni));
      }
    }
  }
});

t.test('a fixed server: its host is what is checked, whatever its clients say', async (t) => {
  const table: [host: string, sni: string | undefined, keep: boolean, servers: ServerName[], answers: number[]][] = [
    [ADDRESS, undefined, false, ['address', 'both', 'named'], [200, 200, 502]],
    [ADDRESS, 'www.origin.test', false, ['address', 'named'], [200, 502]],
    [ADDRESS, 'www.origin.test', false, ['named'], [502]],
    [ADDRESS, undefined, false, ['address in the CN'], [502]],
    [ADDRESS, undefined, true, ['named'], [502]],
    [ADDRESS, 'www.origin.test', true, ['named', 'both', 'address'], [200, 200, 502]],
    ['localhost', undefined, false, ['named'], [502]],
  ];
  for (const [host, sni, keepHostHeader, servers, answers] of table) {
    for (const settings of TWO) {
      let proxy: TestProxy | undefined;
      await check(
        t,
        () => proxy!,
        servers,
        answers,
        undefined,
        async (port) => {
          const options = { ...trusted, ...settings, keepHostHeader, mode: [`reverse:https://${host}:${port}`] };
          proxy = await TestProxy.start(t, { options });
          return shakeHands(proxy, connectTcp(proxy.port, ADDRESS), sni);
        },
      );
    }
  }
});

t.test('a fixed server whose clients speak no TLS', async (t) => {
  for (const [server, status] of [
    ['address', 200],
    ['named', 502],
    ['address in the CN', 502],
  ] as const) {
    const origin = await switchingOrigin(t, [SERVERS[server]]);
    const options = { ...trusted, mode: [`reverse:https://${ADDRESS}:${origin.port}`] };
    const proxy = await TestProxy.start(t, { options });
    const socket = connectTcp(proxy.port, ADDRESS);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    t.match(await text(socket), new RegExp(`^HTTP/1\\.1 ${status} `), server);
  }
});

t.test("a leaf of the user's own says nothing about the server", async (t) => {
  const own = SERVERS.other;
  const certs = [write(join(folder(t), 'own.pem'), own.key + own.cert)];
  const cases: [servers: ServerName[], answers: number[]][] = [
    [['named'], [502]],
    [
      ['address', 'both', 'named'],
      [200, 200, 502],
    ],
    [
      ['other', 'other'],
      [200, 200],
    ],
  ];
  for (const [servers, answers] of cases) {
    const proxy = await TestProxy.start(t, { options: { ...trusted, certs } });
    await check(t, proxy, servers, answers, 'DNS:other.test', (port) => tunnel(proxy, port, undefined));
  }
});

t.test('ssl_insecure', async (t) => {
  for (const settings of ALL) {
    const proxy = await TestProxy.start(t, { options: { ...settings, sslInsecure: true } });
    const servers: ServerName[] = ['named', 'other', 'none'];
    await check(t, proxy, servers, [200, 200, 200], undefined, (port) => tunnel(proxy, port, undefined));
  }
});

t.test('resuming a session is no way around a check', async (t) => {
  const origin = await switchingOrigin(t, [SERVERS.named]);
  const proxy = await TestProxy.start(t, { options: trusted });
  const ask = async (sni: string | undefined, count: number): Promise<number[]> => {
    const stream = await tunnel(proxy, origin.port, sni);
    const statuses: number[] = [];
    for (let at = 0; at < count; at++) statuses.push((await get(stream, origin)).status);
    stream.destroy();
    return statuses;
  };
  t.same(await ask(undefined, 1), [200]);
  t.same(await ask(undefined, 3), [200, 200, 200], 'checked by the client, then for its names');
  // The first was checked by its client, the others for all of the names that are known by then.
  t.same(origin.resumed, [2, 3], 'among equals they are resumed');
  t.same(await ask('other.test', 1), [502], 'not for a name that is known');
  const socket = connectTcp(proxy.port, ADDRESS);
  socket.write(`GET https://${ADDRESS}:${origin.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  t.match(await text(socket), /^HTTP\/1\.1 502 .*verify failed for 127\.0\.0\.1: /s, 'nor for the address in a URL');
  t.equal(origin.requests.length, 4);
});

t.test('what a refused certificate is told apart by', async (t) => {
  const table: [settings: Partial<EngineOptions>, servers: ServerName[], reason: RegExp][] = [
    [
      COPYING[0]!,
      ['named', 'other'],
      /verify failed for 127\.0\.0\.1:\d+: .* not for www\.origin\.test, which the client/,
    ],
    [COPYING[0]!, ['none'], /verify failed for 127\.0\.0\.1:\d+: .* not for 127\.0\.0\.1, which the client/],
    [BLIND[1]!, ['named'], /verify failed for 127\.0\.0\.1:\d+: .* not for 127\.0\.0\.1, which the client/],
  ];
  for (const [settings, servers, reason] of table) {
    const origin = await switchingOrigin(
      t,
      servers.map((name) => SERVERS[name]),
    );
    const proxy = await TestProxy.start(t, { options: { ...trusted, ...settings } });
    const stream = await tunnel(proxy, origin.port, undefined);
    let last = '';
    for (const _ of servers) last = (await get(stream, origin)).whole;
    t.match(last, reason);
    t.match((await proxy.http(servers.length)).flow.error?.message, reason);
  }
});

/** Asks a server through a proxy so many times on one client connection. */
async function check(
  t: Test,
  proxy: TestProxy | (() => TestProxy),
  servers: ServerName[],
  answers: number[],
  leaf: string | RegExp | undefined,
  reach: (port: number) => Promise<TLSSocket>,
): Promise<void> {
  const origin = await switchingOrigin(
    t,
    servers.map((name) => SERVERS[name]),
  );
  const stream = await reach(origin.port);
  if (leaf !== undefined) t.match(stream.getPeerX509Certificate()?.subjectAltName, leaf, 'what the client sees');
  const got: number[] = [];
  for (const _ of answers) got.push((await get(stream, origin)).status);
  stream.destroy();
  t.same(got, answers, servers.join(', then '));
  const passed = answers.flatMap((status, at) => (status === 200 ? [`${at} /secret`] : []));
  t.same(origin.requests, passed, 'what servers got');
  t.same((typeof proxy === 'function' ? proxy() : proxy).internalErrors, []);
}

async function tunnel(proxy: TestProxy, port: number, sni: string | undefined): Promise<TLSSocket> {
  const { socket } = await connectThrough(proxy.port, `${ADDRESS}:${port}`);
  return shakeHands(proxy, socket, sni);
}

/** TLS with a client that accepts whatever names it is shown, from the proxy's CA or the servers'. */
async function shakeHands(proxy: TestProxy, socket: Socket, sni = ''): Promise<TLSSocket> {
  const ca = [proxy.authority.certificatePem, root.certificatePem];
  const stream = connectTls({ socket, servername: sni, ca, checkServerIdentity: () => undefined });
  stream.on('error', () => {});
  await once(stream, 'secureConnect');
  return stream;
}

/** Asks for something on a connection that stays open. The server has closed its own when this resolves. */
async function get(stream: Socket, origin: SwitchingOrigin): Promise<{ status: number; whole: string }> {
  stream.write('GET /secret HTTP/1.1\r\nHost: test\r\nCookie: secret\r\n\r\n');
  let whole = '';
  for (;;) {
    whole += (await received(stream, 1)).toString('latin1');
    const length = /^content-length: (\d+)/im.exec(whole)?.[1];
    const end = whole.indexOf('\r\n\r\n') + 4;
    if (length !== undefined && end >= 4 && whole.length >= end + Number(length)) break;
  }
  await until(() => origin.open === 0, 'the server to close');
  return { status: Number(whole.split(' ')[1]), whole };
}

/** Reads what is there, at least so many bytes. */
async function received(stream: Socket, atLeast: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < atLeast) {
    const chunk = readAvailable(stream);
    if (chunk) bytes = Buffer.concat([bytes, chunk]);
    else await once(stream, 'readable');
  }
  return bytes;
}

function leaveAlone(data: { ignoreConnection: boolean }): void {
  data.ignoreConnection = true;
}
