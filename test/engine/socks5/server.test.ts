import t from 'tap';
import { writeCredentials, writeGreeting, writeRequest } from '../../../src/engine/socks5/messages.js';
import type { Address } from '../../../src/flow/connection.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { cuts } from '../../support/cuts.js';
import { IPV6 } from '../../support/ipv6.js';
import { later } from '../../support/later.js';
import { answering, OK, RawOrigin } from '../../support/raw-origin.js';
import { type Setup, setup } from '../../support/setup.js';
import { TestProxy } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import type { Wire } from '../../support/wire.js';

const options = { mode: ['socks5'] };
const GREETING = '\x05\x00';
const DONE = '\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00';
const refusedWith = (reply: number) => `\x05${String.fromCharCode(reply)}\x00\x01\x00\x00\x00\x00\x00\x00`;

const connectTo = (address: Address) => Buffer.concat([writeGreeting([0]), writeRequest(1, address)]);

/** What the client has received beside the greeting, up to the end. */
async function verdict(client: Wire): Promise<string> {
  await client.whole();
  t.ok(client.text.startsWith(GREETING), 'the greeting is answered');
  return client.text.slice(GREETING.length);
}

t.test('HTTP inside', async (t) => {
  const { proxy, origin, client } = await setup(t, answering(OK, OK), { options });
  client.send(writeGreeting([0, 2]));
  await client.has(GREETING);
  client.send(writeRequest(1, ['127.0.0.1', origin.port]));
  await client.has(DONE);
  const request = 'GET /x HTTP/1.1\r\nhost:  a\r\n\r\n';
  for (const count of [1, 2]) {
    client.send(request);
    await client.has(OK, count);
  }
  t.equal((await origin.connection()).text, request + request, 'as it came');
  const { flow } = await proxy.http(2);
  t.match(flow.request, { scheme: 'http', host: '127.0.0.1', port: origin.port, path: '/x', authority: '' });
  t.equal(flow.client.mode, 'socks5');
  t.same(flow.server.address, ['127.0.0.1', origin.port]);
  t.equal(origin.connections.length, 1);
});

t.test('a handshake cut anywhere, with the request in the same packet', async (t) => {
  const origin = await RawOrigin.start(t, answering(OK));
  const proxy = await TestProxy.start(t, { options });
  const request = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n';
  const all = Buffer.concat([connectTo(['localhost', origin.port]), Buffer.from(request)]);
  let count = 0;
  for (const pieces of cuts(all)) {
    const client = await proxy.connect();
    for (const piece of pieces) {
      client.send(piece);
      await later();
    }
    await client.has(OK);
    t.equal(client.text, GREETING + DONE + OK);
    t.equal((await origin.connection(count)).text, request);
    client.socket.destroy();
    count++;
  }
});

t.test('tsdump resolves the name and records it', async (t) => {
  const { proxy, origin, client } = await setup(t, answering(OK), { options });
  client.send(connectTo(['localhost', origin.port]));
  await client.has(DONE);
  client.send('GET / HTTP/1.1\r\n\r\n');
  await client.has(OK);
  const { flow } = await proxy.http();
  t.equal(flow.request.host, 'localhost');
  t.same(flow.server.address, ['localhost', origin.port]);
  t.same(flow.server.peer, ['127.0.0.1', origin.port]);
});

t.test('IPv6', IPV6, async (t) => {
  const origin = await RawOrigin.start(t, answering(OK), '::1');
  const proxy = await TestProxy.start(t, { options });
  const client = await proxy.connect();
  client.send(connectTo(['::1', origin.port]));
  await client.has(DONE);
  client.send('GET / HTTP/1.1\r\n\r\n');
  await client.has(OK);
  t.equal((await proxy.http()).flow.request.host, '::1');
});

t.test('a server that speaks first', async (t) => {
  const { proxy, origin, client } = await setup(t, (wire) => wire.send('220 hello\r\n'), { options });
  client.send(connectTo(['127.0.0.1', origin.port]));
  await client.has('220 hello\r\n');
  client.end('QUIT\r\n');
  const served = await origin.connection();
  await served.until(() => served.ended, 'the end');
  served.end('221 bye\r\n');
  await client.has('221 bye');
  t.same((await proxy.tcp()).messages, ['< 220 hello\r\n', '> QUIT\r\n', '< 221 bye\r\n']);
});

t.test('with the lazy strategy the reply is sent at once', async (t) => {
  const { origin, client } = await setup(t, answering(OK), { options: { ...options, connectionStrategy: 'lazy' } });
  client.send(connectTo(['127.0.0.1', origin.port]));
  await client.has(DONE);
  t.equal(origin.connections.length, 0);
  client.send('GET / HTTP/1.1\r\n\r\n');
  await client.has(OK);
  t.equal(origin.connections.length, 1);
});

t.test('failures get the reply code for their reason', async (t) => {
  const blocking: Addon = {
    serverConnect({ server }) {
      if (server.address![0] === 'blocked.test') server.error = 'blocked';
    },
  };
  const origin = await RawOrigin.start(t);
  const closed = await RawOrigin.start(t);
  closed.close();
  const proxy = await TestProxy.start(t, { options, addons: [blocking] });
  const cases: [what: string, bytes: Buffer, reply: number, log: RegExp][] = [
    ['refused', connectTo(['127.0.0.1', closed.port]), 5, /Could not connect to 127\.0\.0\.1:\d+: connection refused/],
    ['no such name', connectTo(['no-such-name.invalid', 80]), 4, /Could not connect to no-such-name\.invalid:80/],
    ['ourselves', connectTo(['127.0.0.1', proxy.port]), 2, /is this proxy itself/],
    ['ourselves by name', connectTo(['localhost', proxy.port]), 2, /is this proxy itself/],
    ['blocked', connectTo(['blocked.test', 80]), 1, /blocked/],
    ['no port', connectTo(['127.0.0.1', 0]), 4, /no host or port/],
    ['no host', connectTo(['', 80]), 4, /no host or port/],
    ['a name with a NUL', connectTo(['127.0.0.1\0.allowed.test', origin.port]), 4, /invalid host name/],
    ['a name with a line end', connectTo(['a\nb', 80]), 4, /invalid host name "a\\nb"/],
    ['a name with a path', connectTo(['a/b', 80]), 4, /invalid host name "a\/b"/],
    ['a name that is no UTF-8', connectTo(['b\xfccher.test', 80]), 4, /invalid host name "b\\xfccher\.test"/],
    ['BIND', Buffer.concat([writeGreeting([0]), writeRequest(2, ['127.0.0.1', origin.port])]), 7, /requested BIND/],
    [
      'UDP',
      Buffer.concat([writeGreeting([0]), writeRequest(3, ['127.0.0.1', origin.port])]),
      7,
      /requested UDP ASSOCIATE/,
    ],
    ['another command', Buffer.concat([writeGreeting([0]), writeRequest(9, ['a', 1])]), 7, /requested the command 9/],
    ['another kind of address', Buffer.from('050100050100020a', 'hex'), 8, /address type 2/],
  ];
  for (const [what, bytes, reply, log] of cases) {
    const client = await proxy.connect();
    client.send(bytes);
    t.equal(await verdict(client), refusedWith(reply), what);
    t.match(proxy.messages('warn').at(-1), log, `${what}, in the log`);
  }
  t.equal(origin.connections.length, 0);
});

t.test('other protocols on a SOCKS 5 port', async (t) => {
  const proxy = await TestProxy.start(t, { options });
  const cases: [what: string, text: string, answer: RegExp, log: RegExp][] = [
    [
      'SOCKS 4',
      '\x04\x01\x00\x50\x7f\x00\x00\x01\x00',
      /^\0\x5b\0{6}$/,
      /the client speaks SOCKS 4; set it up for SOCKS 5/,
    ],
    [
      'HTTP',
      'GET http://a/ HTTP/1.1\r\n\r\n',
      /^HTTP\/1\.1 400 .*This is a SOCKS 5 proxy/s,
      /the client speaks HTTP; set it up/,
    ],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /, /the client speaks HTTP; set it up/],
    ['TLS', '\x16\x03\x01\x00\x05hello', /^\x15\x03\x01\0\x02\x02\x0a$/, /the client speaks TLS/],
    ['anything', '\xff\xff', /^$/, /the client sent bytes that are not SOCKS 5 \(the first is 0xff\)/],
    [
      'then something else',
      '\x05\x01\x00\x47',
      /^\x05\0$/,
      /the client sent bytes that are not SOCKS 5 \(the first is 0x47\)/,
    ],
  ];
  for (const [what, text, answer, log] of cases) {
    const client = await proxy.connect();
    client.send(text);
    await client.whole();
    t.match(client.text, answer, what);
    t.match(proxy.messages('warn').at(-1), log, `${what}, in the log`);
  }
});

t.test('no method in common', async (t) => {
  const proxy = await TestProxy.start(t, { options });
  for (const methods of [[], [1], [2], [0xff]]) {
    const client = await proxy.connect();
    client.send(writeGreeting(methods));
    await client.whole();
    t.equal(client.text, '\x05\xff', JSON.stringify(methods));
  }
});

t.test('with a user and a password', async (t) => {
  const asked: string[] = [];
  const addon: Addon = {
    async authenticate(data) {
      await later();
      asked.push(`${data.credentials.username}:${data.credentials.password}`);
      data.accepted = data.credentials.password === 'right';
    },
  };
  const { proxy, origin } = await setup(t, answering(OK), { options, addons: [addon] });
  const attempt = async (methods: number[], password: string): Promise<Wire> => {
    const client = await proxy.connect();
    client.send(writeGreeting(methods));
    client.send(writeCredentials({ username: 'ü', password }));
    client.send(writeRequest(1, ['127.0.0.1', origin.port]));
    return client;
  };
  const right = await attempt([0, 2], 'right');
  await right.has(`\x05\x02\x01\x00${DONE}`);
  right.send('GET / HTTP/1.1\r\nAuthorization: of the server\r\n\r\n');
  await right.has(OK);
  t.match((await origin.connection()).text, /Authorization: of the server/, 'no second authentication inside');

  const wrong = await attempt([2], 'wrong');
  await wrong.whole();
  t.equal(wrong.text, '\x05\x02\x01\x01');

  const without = await attempt([0], 'right');
  await without.whole();
  t.equal(without.text, '\x05\xff');
  t.same(asked, ['ü:right', 'ü:wrong']);
  t.equal(origin.connections.length, 1);
  t.notMatch(JSON.stringify(proxy.logged), /right|wrong"/, 'passwords are not in the log');
});

t.test('a client that sends no handshake or half of one', async (t) => {
  const proxy = await TestProxy.start(t, { options: { ...options, headerTimeout: 0.1 } });
  for (const begun of ['', '\x05', '\x05\x01', '\x05\x01\x00', '\x05\x01\x00\x05\x01\x00\x03\x09loc']) {
    const client = await proxy.connect();
    client.send(begun);
    await client.whole();
    t.equal(client.text, begun.length >= 3 ? GREETING : '', JSON.stringify(begun));
    t.equal(proxy.messages('info').at(-2), 'SOCKS: the client did not answer within 0.1 s.');
  }
});

t.test('a client that disconnects', async (t) => {
  const proxy = await TestProxy.start(t, { options });
  for (const begun of ['', '\x05\x01', '\x05\x01\x00\x05\x01\x00\x03\x09loc']) {
    for (const leave of [(wire: Wire) => wire.end(), (wire: Wire) => wire.reset()]) {
      const client = await proxy.connect();
      client.send(begun);
      leave(client);
      await until(() => proxy.messages('info').at(-1) === 'client disconnect', 'the end of the connection');
    }
  }
  t.equal(proxy.ended.length, 0);
});

t.test('a client that disconnects while its server is being connected', async (t) => {
  let release: () => void = () => {};
  const { origin, proxy, client }: Setup = await setup(t, undefined, {
    options,
    addons: [{ serverConnect: () => new Promise<void>((resolve) => (release = resolve)) }],
  });
  client.send(connectTo(['127.0.0.1', origin.port]));
  await client.has(GREETING);
  client.reset();
  await until(() => proxy.messages('info').includes('client disconnect') || client.closed, 'the reset');
  release();
  const other = await proxy.connect();
  other.send(writeGreeting([0]));
  await other.has(GREETING);
  t.equal(origin.connections.length, 0);
});
