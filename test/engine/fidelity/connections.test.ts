import t from 'tap';
import { IPV6 } from '../../support/ipv6.js';
import { answering, OK, RawOrigin } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { TestProxy } from '../../support/test-proxy.js';

t.test('a client that speaks SOCKS to an HTTP proxy is reported at once', async (t) => {
  for (const bytes of ['\x05\x01\x00', '\x04\x01\x00\x50\x7f\x00\x00\x01\x00']) {
    const proxy = await TestProxy.start(t);
    const client = await proxy.connect();
    client.send(bytes);
    t.equal(await client.whole(), '');
    t.match(proxy.logged, [{}, { level: 'warn', message: /speaks SOCKS; use a listener in mode socks5/ }]);
  }
});

t.test('a connection serves many requests, and so does one to the server', async (t) => {
  const answers = [1, 2, 3, 4].map((at) => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${at}`);
  const { client, origin, proxy, url } = await setup(t, answering(...answers));
  for (const [at, answer] of answers.entries()) {
    client.send(`GET ${url}/${at} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.has(answer);
  }
  t.equal(client.text, answers.join(''));
  t.equal(origin.connections.length, 1);
  const ended = [];
  for (const count of [1, 2, 3, 4]) ended.push(await proxy.http(count));
  t.equal(new Set(ended.map(({ flow }) => flow.server.id)).size, 1);
  t.equal(new Set(ended.map(({ flow }) => flow.id)).size, 4);
});

t.test('each destination has a connection of its own, which is used again', async (t) => {
  const servers = [await RawOrigin.start(t, answering(OK, OK)), await RawOrigin.start(t, answering(OK, OK))];
  const proxy = await TestProxy.start(t);
  const client = await proxy.connect();
  for (const at of [0, 1, 0, 1]) {
    const before = client.size;
    client.send(`GET http://${servers[at]!.authority}/ HTTP/1.1\r\n\r\n`);
    await client.hasBytes(before + OK.length);
  }
  t.same(
    servers.map(({ connections }) => connections.length),
    [1, 1],
  );
  const other = await proxy.connect();
  other.send(`GET http://${servers[0]!.authority}/ HTTP/1.1\r\n\r\n`);
  await other.has(OK);
  t.equal(servers[0]!.connections.length, 2, 'clients do not share connections');
});

t.test('connections that are not persistent', async (t) => {
  const cases: [name: string, request: string, response: string][] = [
    ['the client says so', 'GET URL/ HTTP/1.1\r\nConnection: close\r\n\r\n', OK],
    [
      'the server says so',
      'GET URL/ HTTP/1.1\r\n\r\n',
      'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok',
    ],
    ['HTTP/1.0', 'GET URL/ HTTP/1.0\r\n\r\n', OK],
    ['a server that speaks HTTP/1.0', 'GET URL/ HTTP/1.1\r\n\r\n', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ];
  for (const [name, request, response] of cases) {
    await t.test(name, async (t) => {
      const { client, origin, url } = await setup(t, answering(response));
      client.send(request.replace('URL', url));
      t.equal(await client.whole(), response);
      client.end();
      t.equal(await client.over(), 'end');
      t.match(await (await origin.connection()).whole(), /\r\n\r\n$/, 'the connection to the server has ended');
    });
  }
});

t.test('persistent HTTP/1.0 connections', async (t) => {
  const answer = 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok';
  const { client, origin, url } = await setup(t, answering(answer, answer));
  for (const count of [1, 2]) {
    client.send(`GET ${url}/ HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n`);
    await client.hasBytes(count * answer.length);
  }
  t.equal(origin.connections.length, 1);
});

t.test('IPv6 literals', IPV6, async (t) => {
  const origin = await RawOrigin.start(t, answering(OK, OK), '::1');
  const proxy = await TestProxy.start(t);
  const client = await proxy.connect();
  client.send(`GET http://[::1]:${origin.port}/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`);
  await client.has(OK);
  t.equal(
    (await origin.connection()).text,
    `GET /x HTTP/1.0\r\nHost: [::1]:${origin.port}\r\nConnection: keep-alive\r\n\r\n`,
  );
  const { flow } = await proxy.http();
  t.same(
    [flow.request.host, flow.request.url, flow.server.peer],
    ['::1', `http://[::1]:${origin.port}/x`, ['::1', origin.port]],
  );
  const tunnel = await proxy.tunnel(`[::1]:${origin.port}`);
  tunnel.send('GET / HTTP/1.1\r\n\r\n');
  await tunnel.has(OK);
});
