import t, { type Test } from 'tap';
import { FRAME } from '../../../src/engine/http2/frames/constants.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { GET, Http2Peer, rawFrame } from '../../support/http2-peer.js';
import { OK, RawOrigin } from '../../support/raw-origin.js';
import { TestProxy } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import type { Wire } from '../../support/wire.js';

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nX-A: 1\r\n\r\n';
const FIELDS = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAQAAAAKAAUA__8A\r\n';
/** ENABLE_PUSH 0, INITIAL_WINDOW_SIZE 1 MiB, MAX_HEADER_LIST_SIZE */
const OUR_SETTINGS = Buffer.from('00020000000000040010000000060000', 'hex').toString('base64url');

/** What a connection carries after its 101. */
interface Switched {
  /** The request in HTTP/1.1, or the response. */
  head: string;
  peer: Http2Peer;
}

/** Waits until a connection has received a text, and continues it in HTTP/2. */
async function switched(wire: Wire, isServer: boolean, end: string, answer = ''): Promise<Switched> {
  await wire.has(end);
  const peer = new Http2Peer((bytes) => wire.send(bytes), isServer);
  const length = wire.text.indexOf(end) + end.length;
  const head = wire.text.slice(0, length);
  const rest = wire.bytes.subarray(length);
  if (rest.length > 0) peer.receive(rest);
  wire.socket.on('data', (chunk: Buffer) => peer.receive(chunk));
  wire.send(answer);
  return { head, peer };
}

/** Tests the way to a server: a mode, what the request line names, and a CONNECT before. */
interface Setting {
  mode?: (authority: string) => string;
  target?: (authority: string) => string;
  connects?: boolean;
  addons?: Addon[];
}

const REVERSE: Setting = { mode: (authority) => `reverse:http://${authority}` };
const WAYS: readonly [name: string, setting: Setting][] = [
  ['reverse', REVERSE],
  ['regular', { target: (authority) => `http://${authority}/x` }],
  ['CONNECT', { connects: true }],
];

async function setUp(t: Test, { mode, connects = false, addons = [] }: Setting) {
  const origin = await RawOrigin.start(t);
  const options = mode ? { mode: [mode(origin.authority)] } : {};
  const proxy = await TestProxy.start(t, { options, addons });
  const client = connects ? await proxy.tunnel(origin.authority) : await proxy.connect();
  return { origin, proxy, client };
}

const seen = (peer: Http2Peer) => peer.seen.filter((line) => !line.startsWith('WINDOW_UPDATE'));

for (const [name, setting] of WAYS) {
  t.test(`${name}: the server accepts, and both connections continue in HTTP/2`, async (t) => {
    const { origin, proxy, client } = await setUp(t, setting);
    const target = setting.target?.(origin.authority) ?? '/x';
    client.send(`POST ${target} HTTP/1.1\r\nHost: ${origin.authority}\r\n${FIELDS}Content-Length: 3\r\n\r\nabc`);
    const server = await switched(await origin.connection(), true, '\r\n\r\nabc', SWITCHING);
    const sent = server.head.match(/HTTP2-Settings: (.*)\r\n/)?.[1] ?? '';
    t.ok(sent.startsWith(OUR_SETTINGS.slice(0, 16)), `our own settings are sent: ${sent}`);
    t.equal(
      server.head,
      `POST /x HTTP/1.1\r\nHost: ${origin.authority}\r\n${FIELDS.replace('AAQAAAAKAAUA__8A', sent)}Content-Length: 3\r\n\r\nabc`,
    );
    server.peer.start();
    server.peer.frames(
      server.peer.head(1, [
        [':status', '103'],
        ['link', 'a'],
      ]),
      server.peer.head(1, [
        [':status', '200'],
        ['b', 'c'],
      ]),
      rawFrame(FRAME.data, 0, 1, '0123456789abcdef'),
      server.peer.head(1, [['x-end', '1']], true),
    );
    const { head, peer } = await switched(client, false, SWITCHING);
    t.ok(head.endsWith(SWITCHING), 'the 101 is forwarded as it came');
    await until(() => seen(peer).length > 2, 'the response');
    t.same(
      seen(peer),
      ['HEADERS 1 :status=103 link=a', 'HEADERS 1 :status=200 b=c', 'DATA 1 0123456789'],
      'the window in HTTP2-Settings is respected',
    );
    peer.start();
    peer.frames(
      rawFrame(FRAME.windowUpdate, 0, 1, '\0\0\0\x0a'),
      peer.head(3, [...GET.slice(0, 3), [':authority', origin.authority]], true),
    );
    await until(() => seen(server.peer).some((line) => line.startsWith('HEADERS 3 end')), 'the second request');
    server.peer.frames(server.peer.head(3, [[':status', '204']], true));
    await until(() => seen(peer).at(-1) === 'HEADERS 3 end :status=204', 'the second response');
    t.same(seen(peer).slice(3), ['DATA 1 abcdef', 'HEADERS 1 end x-end=1', 'HEADERS 3 end :status=204']);
    t.equal(origin.connections.length, 1);
    const { flow, requestBody, responseBody } = await proxy.http();
    t.match(flow.request, { method: 'POST', path: '/x', httpVersion: 'HTTP/1.1' });
    t.match(flow.response, { statusCode: 200, httpVersion: 'HTTP/2.0' });
    t.same([requestBody, responseBody], ['abc', '0123456789abcdef']);
    t.same(
      flow.interim?.map(({ statusCode }) => statusCode),
      [101, 103],
    );
    t.equal((await proxy.http(2)).flow.request.httpVersion, 'HTTP/2.0');
  });

  t.test(`${name}: the server continues in HTTP/1`, async (t) => {
    const { origin, proxy, client } = await setUp(t, setting);
    const target = setting.target?.(origin.authority) ?? '/x';
    const request = `GET ${target} HTTP/1.1\r\nHost: ${origin.authority}\r\n`;
    client.send(`${request}${FIELDS}\r\n`);
    const wire = await origin.connection();
    await wire.has('\r\n\r\n');
    wire.send(OK);
    await client.has(OK);
    client.send(`${request}\r\n`);
    await wire.has('\r\n\r\n', 2);
    wire.send(OK);
    await client.has(OK, 2);
    t.equal((await proxy.http()).flow.response?.httpVersion, 'HTTP/1.1');
  });
}

t.test('an invalid offer is removed', async (t) => {
  const cases: [name: string, fields: string, kept: string][] = [
    ['no settings', 'Connection: Upgrade\r\nUpgrade: h2c\r\n', ''],
    ['two settings', `${FIELDS}HTTP2-Settings: \r\n`, ''],
    ['invalid base64', FIELDS.replace('AAQAAAAKAAUA__8A', 'AAQ*'), ''],
    ['an incomplete setting', FIELDS.replace('AAQAAAAKAAUA__8A', 'AAQA'), ''],
    ['an invalid setting', FIELDS.replace('AAQAAAAKAAUA__8A', 'AAL_____'), ''],
    ['settings that Connection does not name', FIELDS.replace(', HTTP2-Settings', ''), ''],
    [
      'other options of Connection',
      FIELDS.replace('Upgrade,', 'x, Upgrade,').replace('AAQA', '!'),
      'Connection: x\r\n',
    ],
  ];
  const { origin, client } = await setUp(t, { connects: true });
  for (const [at, [name, fields, kept]] of cases.entries()) {
    client.send(`GET /${at} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
    const server = await origin.connection();
    await server.has('\r\n\r\n', at + 1);
    t.equal(server.text.split('GET ').at(-1), `/${at} HTTP/1.1\r\nHost: a\r\n${kept}\r\n`, name);
    server.send(OK);
    await client.has(OK, at + 1);
  }
});

t.test('HTTP/1.0 and --no-http2 have no Upgrade: h2c', async (t) => {
  for (const http2 of [true, false]) {
    const origin = await RawOrigin.start(t);
    const proxy = await TestProxy.start(t, { options: { http2, mode: [`reverse:http://${origin.authority}`] } });
    const client = await proxy.connect();
    client.send(`GET / HTTP/1.${http2 ? 0 : 1}\r\nHost: a\r\n${FIELDS}\r\n`);
    const server = await origin.connection();
    await server.has('\r\n\r\n');
    t.notMatch(server.text, /h2c|HTTP2-Settings/i);
  }
});

t.test('a held request is switched as well, and one that an addon answers is not', async (t) => {
  const addon: Addon = {
    request: (flow) => {
      if (flow.request.path === '/local') flow.response = HttpResponse.make(204);
    },
  };
  const local = await setUp(t, { ...REVERSE, addons: [addon] });
  local.client.send(`GET /local HTTP/1.1\r\nHost: a\r\n${FIELDS}\r\n`);
  await local.client.has('HTTP/1.1 204');
  const { origin, client, proxy } = await setUp(t, { ...REVERSE, addons: [addon] });
  client.send(`GET /x HTTP/1.1\r\nHost: a\r\n${FIELDS}\r\n`);
  const server = await switched(await origin.connection(), true, '\r\n\r\n', SWITCHING);
  server.peer.start();
  server.peer.frames(server.peer.head(1, [[':status', '200']], true));
  const { peer } = await switched(client, false, SWITCHING);
  await until(() => seen(peer).length > 0, 'the response');
  t.same(seen(peer), ['HEADERS 1 end :status=200']);
  t.equal((await proxy.http()).flow.response?.httpVersion, 'HTTP/2.0');
});

t.test('an addon changes the response, and holds it', async (t) => {
  const addon: Addon = {
    response: async (flow) => {
      await flow.response!.body.setText('other');
    },
  };
  const { origin, client } = await setUp(t, { ...REVERSE, addons: [addon] });
  client.send(`HEAD /x HTTP/1.1\r\nHost: a\r\n${FIELDS}\r\n`);
  const server = await switched(await origin.connection(), true, '\r\n\r\n', SWITCHING);
  server.peer.start();
  server.peer.frames(
    server.peer.head(
      1,
      [
        [':status', '200'],
        ['content-length', '7'],
      ],
      true,
    ),
  );
  const { peer } = await switched(client, false, SWITCHING);
  await until(() => seen(peer).length > 0, 'the response');
  t.match(seen(peer)[0], /^HEADERS 1 end :status=200/, 'a response to HEAD has no body');
});

t.test('a reset of stream 1, and the end of each connection', async (t) => {
  const ends: [
    name: string,
    act: (server: Http2Peer, client: Wire, origin: Wire) => void,
    seen: RegExp,
    error: string,
  ][] = [
    [
      'the server resets',
      (server) => server.frames(rawFrame(FRAME.rstStream, 0, 1, '\0\0\0\x0b')),
      /^RST_STREAM 1 enhanceYourCalm/,
      'stream-reset',
    ],
    [
      'the server violates HTTP/2',
      (server) => server.frames(rawFrame(FRAME.ping, 0, 1, '12345678')),
      /^HEADERS 1 :status=502/,
      'invalid-response',
    ],
    ['the server leaves', (_server, _client, origin) => origin.end(), /^HEADERS 1 :status=502/, 'upstream-failed'],
    ['the client leaves', (_server, client) => client.reset(), /^/, 'client-disconnected'],
  ];
  for (const [name, act, expected, code] of ends) {
    const { origin, client, proxy } = await setUp(t, REVERSE);
    client.send(`GET /x HTTP/1.1\r\nHost: a\r\n${FIELDS}\r\n`);
    const wire = await origin.connection();
    const server = await switched(wire, true, '\r\n\r\n', SWITCHING);
    server.peer.start();
    const { peer } = await switched(client, false, SWITCHING);
    peer.start();
    await until(() => server.peer.seen.length > 0, 'the preface');
    act(server.peer, client, wire);
    const { flow } = await proxy.http();
    t.equal(flow.error?.code, code, name);
    if (code !== 'client-disconnected') {
      await until(() => seen(peer).length > 0, 'the failure');
      t.match(seen(peer)[0], expected, name);
    }
  }
});

t.test('a refused stream 1 is sent again, by prior knowledge', async (t) => {
  const { origin, client, proxy } = await setUp(t, REVERSE);
  client.send(`GET /x HTTP/1.1\r\nHost: a\r\n${FIELDS}\r\n`);
  const first = await switched(await origin.connection(), true, '\r\n\r\n', SWITCHING);
  first.peer.start();
  first.peer.frames(rawFrame(FRAME.goAway, 0, 0, '\0\0\0\0\0\0\0\0'));
  const wire = await origin.connection(1);
  const second = new Http2Peer((bytes) => wire.send(bytes), true);
  second.start();
  second.receive(wire.bytes);
  wire.socket.on('data', (chunk: Buffer) => second.receive(chunk));
  await until(() => seen(second).length > 0, 'the request');
  t.match(seen(second)[0], /^HEADERS 1 end :method=GET :scheme=http :authority=127\.0\.0\.1:\d+ :path=\/x$/);
  second.frames(second.head(1, [[':status', '200']], true));
  const { peer } = await switched(client, false, SWITCHING);
  await until(() => seen(peer).length > 0, 'the response');
  t.same(seen(peer), ['HEADERS 1 end :status=200']);
  t.equal((await proxy.http()).flow.error, undefined);
});

t.test('another protocol of the list is a tunnel as before', async (t) => {
  const { origin, client } = await setUp(t, REVERSE);
  client.send(`GET /x HTTP/1.1\r\nHost: a\r\n${FIELDS.replace('h2c', 'h2c, foo')}\r\n`);
  const wire = await origin.connection();
  await wire.has('Upgrade: h2c, foo');
  const answer = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n';
  wire.send(`${answer}hello`);
  await client.has(`${answer}hello`);
  client.send('bytes');
  await wire.has('bytes');
  t.pass();
});

t.test('a body after a 100, and its end before HTTP/2 begins', async (t) => {
  const { origin, client } = await setUp(t, REVERSE);
  client.send(`POST /x HTTP/1.1\r\nHost: a\r\n${FIELDS}Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const wire = await origin.connection();
  await wire.has('\r\n\r\n');
  wire.send('HTTP/1.1 100 Continue\r\n\r\n');
  await client.has('100 Continue');
  // Earlier than it should.
  wire.send(SWITCHING);
  client.send('3\r\nabc\r\n');
  await wire.has('3\r\nabc\r\n');
  t.notMatch(wire.text, /PRI/);
  client.send('0\r\n\r\n');
  const server = await switched(wire, true, '0\r\n\r\n');
  server.peer.start();
  server.peer.frames(server.peer.head(1, [[':status', '200']], true));
  const { peer } = await switched(client, false, SWITCHING);
  await until(() => seen(peer).length > 0, 'the response');
  t.same(seen(peer), ['HEADERS 1 end :status=200']);
});
