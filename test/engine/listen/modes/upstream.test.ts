import t, { type Test } from 'tap';
import type { EngineOptions } from '../../../../src/engine/index.js';
import { answering, OK, RawOrigin, type Script } from '../../../support/raw-origin.js';
import { ESTABLISHED, TestProxy, type TestProxyOptions } from '../../../support/test-proxy.js';
import { until } from '../../../support/until.js';
import type { Wire } from '../../../support/wire.js';

const BASIC = `Basic ${Buffer.from('user:pa:ss').toString('base64')}`;

interface Setup {
  proxy: TestProxy;
  upstreamProxy: RawOrigin;
  client: Wire;
}

/** An upstream proxy that follows a script, a proxy that goes through it, and a client. */
async function setup(
  t: Test,
  script: Script,
  options: Partial<EngineOptions> = {},
  { scheme = 'http', more = {} }: { scheme?: string; more?: TestProxyOptions } = {},
): Promise<Setup> {
  const upstreamProxy = await RawOrigin.start(t, script);
  const mode = [`upstream:${scheme}://${upstreamProxy.authority}`];
  const proxy = await TestProxy.start(t, { ...more, options: { mode, ...options } });
  return { proxy, upstreamProxy, client: await proxy.connect() };
}

t.test('plain HTTP goes to the upstream proxy in absolute form', async (t) => {
  const { proxy, upstreamProxy, client } = await setup(t, answering(OK, OK, OK), { upstreamAuth: 'user:pa:ss' });
  client.send('GET http://a.test/x?y HTTP/1.1\r\nHost: a.test\r\nproxy-authorization: of the client\r\nB:  2\r\n\r\n');
  await client.has(OK);
  client.send('POST http://a.test:80/ HTTP/1.1\r\nHost: other\r\nContent-Length: 2\r\n\r\nab');
  await client.has(OK, 2);
  client.send('OPTIONS http://a.test HTTP/1.1\r\nHost: a.test\r\n\r\n');
  await client.has(OK, 3);
  t.equal(upstreamProxy.connections.length, 1, 'a connection is used again');
  t.same(upstreamProxy.connections[0]!.text.split(/(?=GET|POST|OPTIONS)/), [
    `GET http://a.test/x?y HTTP/1.1\r\nHost: a.test\r\nB:  2\r\nProxy-Authorization: ${BASIC}\r\n\r\n`,
    `POST http://a.test/ HTTP/1.1\r\nHost: other\r\nContent-Length: 2\r\nProxy-Authorization: ${BASIC}\r\n\r\nab`,
    `OPTIONS http://a.test HTTP/1.1\r\nHost: a.test\r\nProxy-Authorization: ${BASIC}\r\n\r\n`,
  ]);
  const { flow } = await proxy.http();
  t.match(flow.request, { scheme: 'http', host: 'a.test', port: 80, path: '/x?y' });
  t.equal(flow.request.headers.has('proxy-authorization'), false, 'credentials are not recorded');
  t.same(flow.server.address, ['a.test', 80]);
  t.same(flow.server.via, { scheme: 'http', address: ['127.0.0.1', upstreamProxy.port] });
  t.same(flow.server.peer, ['127.0.0.1', upstreamProxy.port]);
  t.equal(flow.client.mode, `upstream:http://${upstreamProxy.authority}`);
});

t.test('each server has a connection of its own', async (t) => {
  const { upstreamProxy, client } = await setup(t, answering(OK, OK));
  for (const [count, host] of ['a', 'b', 'a'].entries()) {
    client.send(`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await client.has(OK, count + 1);
  }
  t.equal(upstreamProxy.connections.length, 2);
  t.equal(upstreamProxy.connections[0]!.text.split('GET http://a/').length, 3);
});

t.test('CONNECT and the content of the tunnel go to the upstream proxy', async (t) => {
  const { proxy, upstreamProxy, client } = await setup(
    t,
    async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send('HTTP/1.1 100 Go on\r\n\r\nHTTP/1.0 200 Yes\r\nVia: x\r\n\r\n');
      await wire.has('\r\n\r\n', 2);
      wire.send(OK);
    },
    { upstreamAuth: 'user:pa:ss' },
  );
  client.send('CONNECT a.test:8080 HTTP/1.1\r\nProxy-Authorization: of the client\r\n\r\n');
  await client.has(ESTABLISHED);
  client.send('GET /in HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.has(OK);
  t.equal(
    (await upstreamProxy.connection()).text,
    `CONNECT a.test:8080 HTTP/1.1\r\nHost: a.test:8080\r\nProxy-Authorization: ${BASIC}\r\n\r\nGET /in HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  const { flow } = await proxy.http();
  t.match(flow.request, { host: 'a.test', port: 8080, path: '/in' });
  t.same(flow.server.via, { scheme: 'http', address: ['127.0.0.1', upstreamProxy.port] });
});

t.test('without Host in the CONNECT', async (t) => {
  const tunnel = answering('HTTP/1.1 200 OK\r\n\r\n');
  const { upstreamProxy, client } = await setup(t, tunnel, { httpConnectSendHostHeader: false });
  client.send('CONNECT a.test:443 HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.has(ESTABLISHED);
  t.equal((await upstreamProxy.connection()).text, 'CONNECT a.test:443 HTTP/1.1\r\n\r\n');
});

t.test('bytes that the server sends first follow the reply of the upstream proxy', async (t) => {
  const { proxy, client } = await setup(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send('HTTP/1.1 200 OK\r\n\r\n220 hello\r\n');
    await wire.has('QUIT');
    wire.end('221 bye\r\n');
  });
  client.send('CONNECT a.test:25 HTTP/1.1\r\n\r\n');
  await client.has('220 hello\r\n');
  client.end('QUIT\r\n');
  t.equal(await client.whole(), `${ESTABLISHED}220 hello\r\n221 bye\r\n`);
  t.same((await proxy.tcp()).messages, ['< 220 hello\r\n', '> QUIT\r\n', '< 221 bye\r\n']);
});

t.test('with the lazy strategy the upstream proxy is contacted for the first request', async (t) => {
  const { upstreamProxy, client } = await setup(t, answering('HTTP/1.1 200 OK\r\n\r\n', OK), {
    connectionStrategy: 'lazy',
  });
  client.send('CONNECT a.test:80 HTTP/1.1\r\n\r\n');
  await client.has(ESTABLISHED);
  t.equal(upstreamProxy.connections.length, 0);
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.has(OK);
  t.match((await upstreamProxy.connection()).text, /^CONNECT a\.test:80 .*GET \/ HTTP/s);
});

t.test('an upgrade in plain HTTP', async (t) => {
  const { proxy, client } = await setup(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nfirst');
    await wire.has('from the client');
    wire.end('last');
  });
  client.send('GET http://a/ HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
  await client.has('first');
  client.end('from the client');
  t.match(await client.whole(), /firstlast$/);
  t.same((await proxy.http()).messages, ['< first', '> from the client', '< last']);
});

t.test('no_proxy', async (t) => {
  const origin = await RawOrigin.start(t, answering(OK));
  const { proxy, upstreamProxy, client } = await setup(t, answering(OK), { noProxy: ['127.0.0.0/8', '.direct.test'] });
  client.send(`GET http://${origin.authority}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.has(OK);
  t.equal(upstreamProxy.connections.length, 0);
  t.equal((await origin.connection()).text, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'in origin form');
  t.equal((await proxy.http()).flow.server.via, undefined);
  client.send('GET http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.has(OK, 2);
  t.equal(upstreamProxy.connections.length, 1);
});

t.test('an addon can choose another proxy', async (t) => {
  const other = await RawOrigin.start(t, answering(OK));
  const via = { scheme: 'http', address: ['127.0.0.1', other.port] } as const;
  const choosing = {
    serverConnect({ server }: { server: { via: unknown } }) {
      server.via = via;
    },
  };
  const { upstreamProxy, client } = await setup(
    t,
    answering(OK),
    { upstreamAuth: 'a:b' },
    { more: { addons: [choosing] } },
  );
  client.send('GET http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.has(OK);
  t.equal(upstreamProxy.connections.length, 0);
  t.notMatch((await other.connection()).text, /Proxy-Authorization/, 'our credentials are for our upstream proxy');
});

t.test('an upstream proxy that refuses', async (t) => {
  const no = 'HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 3\r\n\r\nno\n';
  await t.test('a CONNECT', async (t) => {
    const { proxy, client } = await setup(t, answering(no));
    client.send('CONNECT a.test:443 HTTP/1.1\r\n\r\n');
    t.match(
      await client.whole(),
      /^HTTP\/1\.1 502 .*refused CONNECT to a\.test:443: 407 Who are you\. Set a user name and/s,
    );
    const { flow } = await proxy.http();
    t.equal(flow.error?.code, 'upstream-proxy-refused');
    t.equal(flow.request.method, 'CONNECT');
  });
  await t.test('for want of other credentials than Basic', async (t) => {
    const answer = answering(no.replace('Basic', 'Negotiate'));
    for (const request of ['CONNECT a.test:443 HTTP/1.1\r\n\r\n', 'GET http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n']) {
      const { client } = await setup(t, answer);
      client.send(request);
      const text = await client.whole();
      t.match(text, /407 Who are you\. It requires Negotiate authentication; upstream_auth is Basic\./);
      t.notMatch(text, /Proxy-Authenticate/);
    }
  });
  await t.test('a request', async (t) => {
    const { proxy, client } = await setup(t, answering(no), { upstreamAuth: 'a:b' });
    client.send('GET http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n');
    const text = await client.whole();
    t.match(text, /^HTTP\/1\.1 502 .*The upstream proxy 127\.0\.0\.1:\d+ refused the request: 407 Who are you\./s);
    t.notMatch(text, /Proxy-Authenticate|upstream_auth/);
    t.equal((await proxy.http()).flow.error?.code, 'upstream-proxy-refused');
  });
  await t.test('other responses of the upstream proxy are forwarded to the client', async (t) => {
    const { client } = await setup(t, answering('HTTP/1.1 503 Not now\r\nContent-Length: 1\r\n\r\nx'));
    client.send('GET http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.has('HTTP/1.1 503 Not now\r\nContent-Length: 1\r\n\r\nx');
  });
});

t.test('an upstream proxy that misbehaves', async (t) => {
  const cases: [what: string, script: Script, status: number, reason: RegExp][] = [
    ['closes', (wire) => wire.end(), 502, /The upstream proxy 127\.0\.0\.1:\d+ closed the connection\./],
    ['resets', (wire) => wire.reset(), 502, /closed the connection\.|connection reset/],
    ['closes inside its head', (wire) => wire.end('HTTP/1.1 200 OK\r\nA: '), 502, /closed the connection\./],
    ['speaks SMTP', (wire) => wire.send('220 hello\r\n'), 502, /did not answer in HTTP: it sent .*220 hello/],
    ['speaks TLS', (wire) => wire.send('\x15\x03\x01\0\x02\x02\x28'), 502, /did not answer in HTTP/],
    ['has no status', (wire) => wire.send('HTTP/1.1 yes\r\n\r\n'), 502, /did not answer in HTTP/],
    [
      'never ends its head',
      (wire) => wire.send(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}`),
      502,
      /sent more than 65536 bytes/,
    ],
    ['is silent', () => {}, 504, /did not answer within 0\.2 s\./],
    ['stops', (wire) => wire.send('HTTP/1.1 2'), 504, /did not answer within 0\.2 s\./],
  ];
  for (const [what, script, status, reason] of cases) {
    await t.test(what, async (t) => {
      const { proxy, client, upstreamProxy } = await setup(t, script, { connectTimeout: 0.2 });
      client.send('CONNECT a.test:443 HTTP/1.1\r\n\r\n');
      const answer = await client.whole();
      t.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer);
      t.match(answer, reason);
      t.match((await proxy.http()).flow.error?.message, reason);
      const wire = await upstreamProxy.connection();
      await until(() => wire.closed || wire.ended, 'the end of the connection to the upstream proxy');
    });
  }
});

t.test('an unreachable upstream proxy', async (t) => {
  const { proxy, upstreamProxy, client } = await setup(t, () => {});
  upstreamProxy.close();
  client.send('GET http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n');
  t.match(
    await client.whole(),
    /^HTTP\/1\.1 502 .*Could not connect to the upstream proxy 127\.0\.0\.1:\d+: connection refused/s,
  );
  t.match((await proxy.http()).flow.server, { address: ['a.test', 80], via: { scheme: 'http' } });
});

t.test('a client that disconnects during the CONNECT to the upstream proxy', async (t) => {
  const { proxy, upstreamProxy, client } = await setup(t, () => {});
  client.send('CONNECT a.test:443 HTTP/1.1\r\n\r\n');
  const wire = await upstreamProxy.connection();
  await wire.has('\r\n\r\n');
  client.reset();
  await until(() => wire.closed || wire.ended, 'the end of the connection to the upstream proxy');
  t.equal((await proxy.http()).flow.error?.code, 'client-disconnected');
});

t.test('a loop is refused', async (t) => {
  const { client } = await setup(t, answering(OK));
  client.send(`GET http://127.0.0.1:${client.socket.remotePort}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
  t.match(await client.whole(), /^HTTP\/1\.1 400 .*is this proxy itself/s);
});

t.test('a SOCKS upstream proxy', async (t) => {
  const DONE = '\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00';
  const scheme = 'socks5';
  await t.test('resolves names and carries requests in origin form', async (t) => {
    const { proxy, upstreamProxy, client } = await setup(
      t,
      async (wire) => {
        await wire.hasBytes(3);
        wire.send('\x05\x00');
        await wire.hasBytes(3 + 13);
        wire.send(DONE);
        await wire.has('\r\n\r\n');
        wire.send(OK);
      },
      {},
      { scheme },
    );
    client.send('GET http://a.test:81/x HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.has(OK);
    t.equal(
      (await upstreamProxy.connection()).text,
      '\x05\x01\x00\x05\x01\x00\x03\x06a.test\x00\x51GET /x HTTP/1.1\r\nHost: a\r\n\r\n',
    );
    t.match((await proxy.http()).flow.server, { address: ['a.test', 81], via: { scheme: 'socks5' } });
  });
  await t.test('with a user and a password', async (t) => {
    const { upstreamProxy, client } = await setup(
      t,
      async (wire) => {
        await wire.hasBytes(4);
        wire.send('\x05\x02');
        await wire.hasBytes(4 + 12);
        wire.send('\x01\x00');
        await wire.hasBytes(4 + 12 + 10);
        wire.send(`${DONE}220 hello\r\n`);
      },
      { upstreamAuth: 'user:pa:ss' },
      { scheme },
    );
    client.send('CONNECT 192.0.2.1:25 HTTP/1.1\r\n\r\n');
    await client.has(`${ESTABLISHED}220 hello\r\n`);
    t.equal(
      (await upstreamProxy.connection()).text,
      '\x05\x02\x00\x02\x01\x04user\x05pa:ss\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x19',
    );
  });
  const refusals: [what: string, answers: string[], reason: RegExp][] = [
    ['no method', ['\x05\xff'], /accepts no authentication method that tsdump supports; it may require a user/],
    ['a password that we have not', ['\x05\x02'], /accepts no authentication method/],
    ['refused', ['\x05\x00', '\x05\x05\x00\x01\0\0\0\0\0\0'], /did not connect to a\.test:443: connection refused\./],
    ['not allowed', ['\x05\x00', '\x05\x02'], /did not connect to a\.test:443: not allowed by its rules\./],
    ['SOCKS 4', ['\x00\x5b'], /answered with bytes that are not SOCKS 5 \(the first is 0x00\)/],
    ['HTTP', ['HTTP/1.1 400 Bad\r\n\r\n'], /answered with bytes that are not SOCKS 5 \(the first is 0x48\)/],
    ['an odd address', ['\x05\x00', '\x05\x00\x00\x09'], /answered with the address type 9/],
    ['silence', [], /did not answer within 0\.2 s/],
    ['silence later', ['\x05\x00'], /did not answer within 0\.2 s/],
  ];
  for (const [what, answers, reason] of refusals) {
    await t.test(what, async (t) => {
      const script: Script = async (wire) => {
        await wire.hasBytes(3);
        for (const [at, answer] of answers.entries()) {
          if (at > 0) await wire.hasBytes(4);
          wire.send(answer);
        }
      };
      const { proxy, client } = await setup(t, script, { connectTimeout: 0.2 }, { scheme });
      client.send('CONNECT a.test:443 HTTP/1.1\r\n\r\n');
      t.match(await client.whole(), reason);
      t.match((await proxy.http()).flow.error?.message, reason);
    });
  }
});
