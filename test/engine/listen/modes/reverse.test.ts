import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { EngineOptions } from '../../../../src/engine/index.js';
import type { Addon } from '../../../../src/flow/hooks/hooks.js';
import { folder } from '../../../support/folder.js';
import { identity, trusting } from '../../../support/identity.js';
import { answering, OK, RawOrigin, type Script } from '../../../support/raw-origin.js';
import { TestProxy } from '../../../support/test-proxy.js';
import { ask } from '../../../support/tls-client.js';
import { tlsOrigin } from '../../../support/tls-origin.js';
import type { Wire } from '../../../support/wire.js';
import { testAuthority } from '../../tls/support.js';

interface Setup {
  proxy: TestProxy;
  origin: RawOrigin;
  client: Wire;
}

async function setup(
  t: Test,
  script: Script,
  options: Partial<EngineOptions> = {},
  scheme = 'http',
  addons: Addon[] = [],
): Promise<Setup> {
  const origin = await RawOrigin.start(t, script);
  const mode = [`reverse:${scheme}://localhost:${origin.port}`];
  const proxy = await TestProxy.start(t, { options: { mode, ...options }, addons });
  return { proxy, origin, client: await proxy.connect() };
}

t.test('requests go to the server with its name in Host', async (t) => {
  const { proxy, origin, client } = await setup(t, answering(OK, OK));
  client.send('GET /a?b HTTP/1.1\r\nhost: example.com\r\nX:  1\r\n\r\n');
  await client.has(OK);
  client.send('POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab');
  await client.has(OK, 2);
  const host = `localhost:${origin.port}`;
  t.equal(
    (await origin.connection()).text,
    `GET /a?b HTTP/1.1\r\nhost: ${host}\r\nX:  1\r\n\r\nPOST /c HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\n\r\nab`,
  );
  t.equal(origin.connections.length, 1);
  const { flow } = await proxy.http();
  t.match(flow.request, { scheme: 'http', host: 'localhost', port: origin.port, path: '/a?b', authority: '' });
  t.equal(flow.request.prettyUrl, `http://${host}/a?b`);
  t.equal(flow.client.mode, `reverse:http://${host}`);
  t.same(flow.server.address, ['localhost', origin.port]);
  t.equal(flow.request.changed, false, 'no addon has changed it');
});

t.test('a request with the right Host is forwarded byte for byte', async (t) => {
  const { origin, client } = await setup(t, answering(OK));
  const request = `GET / HTTP/1.1\r\nHOST: localhost:${origin.port}\r\nA:1\r\n\r\n`;
  client.send(request);
  await client.has(OK);
  t.equal((await origin.connection()).text, request);
});

t.test('keep_host_header', async (t) => {
  const { proxy, origin, client } = await setup(t, answering(OK), { keepHostHeader: true });
  const request = 'GET / HTTP/1.1\r\nHOST:example.com\r\n\r\n';
  client.send(request);
  await client.has(OK);
  t.equal((await origin.connection()).text, request);
  const { flow } = await proxy.http();
  t.equal(flow.request.host, 'localhost');
  t.equal(flow.request.prettyHost, 'example.com');
});

t.test('absolute form, and no Host at all', async (t) => {
  const cases: [options: Partial<EngineOptions>, request: string, sent: RegExp][] = [
    [
      {},
      'GET http://example.com:99/x HTTP/1.1\r\nHost: example.com\r\n\r\n',
      /^GET \/x HTTP\/1\.1\r\nHost: localhost:\d+\r\n\r\n$/,
    ],
    [{}, 'GET / HTTP/1.0\r\n\r\n', /^GET \/ HTTP\/1\.0\r\nHost: localhost:\d+\r\n\r\n$/],
    [{}, 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', /^OPTIONS \* HTTP\/1\.1\r\nHost: localhost:\d+\r\n\r\n$/],
    [{ keepHostHeader: true }, 'GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n', /^GET \/x HTTP\/1\.1\r\nHost: a\r\n\r\n$/],
    [
      { upstreamAuth: 'u:p' },
      'GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\n\r\n',
      /\r\nAuthorization: Basic dTpw\r\n/,
    ],
  ];
  for (const [options, request, sent] of cases) {
    const { origin, client } = await setup(t, answering(OK), options);
    client.send(request);
    await client.has(OK);
    t.match((await origin.connection()).text, sent, request);
  }
});

t.test('the credentials of the client are not sent to the server', async (t) => {
  const guard: Addon = {
    authenticate: (data) => {
      data.accepted = data.credentials.password === 'right';
    },
  };
  const { origin, client } = await setup(t, answering(OK), { upstreamAuth: 'u:right' }, 'http', [guard]);
  client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.has('HTTP/1.1 401 ');
  const authorization = `Basic ${Buffer.from('ada:right').toString('base64')}`;
  client.send(`GET /2 HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n`);
  await client.has(OK);
  t.match((await origin.connection()).text, /^GET \/2 .*\r\nAuthorization: Basic dTpyaWdodA==\r\n/s);
});

t.test('credentials of an invalid request are not recorded', async (t) => {
  const guard: Addon = {
    authenticate: (data) => {
      data.accepted = data.credentials.password === 'right';
    },
  };
  const secret = Buffer.from('ada:right').toString('base64');
  const cases: [fields: string, upstreamAuth?: string][] = [
    [`Authorization: Basic ${secret}\r\nA : 1\r\n`],
    [`A : 1\r\nauthorization:Basic ${secret}\r\nAuthorization: x\r\n`],
    [`Authorization : Basic ${secret}\r\n`],
    [` Authorization: Basic ${secret}\r\n`],
    [`Authorization Basic ${secret}\r\n`],
    [`Authorization:\r\n Basic\r\n ${secret}\r\nContent-Length:\r\n 0\r\n`],
    [`Authorization: Basic ${secret}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n`],
    [`Authorization: Basic ${secret}\r\nHost: b\r\n`],
    [`Authorization: Basic ${secret}\r\nA : 1\r\n`, 'u:p'],
    [`Authorization Basic ${secret}\r\n`, 'u:p'],
    [`A : 1\r\nProxy-Authorization: Basic ${secret}\r\n`],
  ];
  for (const [fields, upstreamAuth] of cases) {
    const { proxy, client } = await setup(t, answering(OK), { upstreamAuth }, 'http', [guard]);
    client.send(`GET / HTTP/1.1\r\n${fields}Host: a\r\n\r\n`);
    t.match(await client.whole(), /^HTTP\/1\.1 400 /, JSON.stringify(fields));
    const { flow } = await proxy.http();
    t.equal(flow.error?.code, 'invalid-request');
    t.notMatch(flow.request.headers.bytes.toString(), secret);
    t.notMatch(JSON.stringify([flow.error, client.text, proxy.logged]), secret);
  }
});

t.test('eager: connected before the client sends anything', async (t) => {
  const { origin } = await setup(t, answering(OK));
  t.ok(await origin.connection());
});

t.test('lazy: connected for the first request', async (t) => {
  const { origin, client } = await setup(t, answering(OK), { connectionStrategy: 'lazy' });
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.has(OK);
  t.equal(origin.connections.length, 1);
});

t.test('an unreachable server', async (t) => {
  const origin = await RawOrigin.start(t);
  origin.close();
  for (const connectionStrategy of ['eager', 'lazy'] as const) {
    const options = { mode: [`reverse:http://${origin.authority}`], connectionStrategy };
    const proxy = await TestProxy.start(t, { options });
    const client = await proxy.connect();
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    t.match(await client.whole(), /^HTTP\/1\.1 502 .*Could not connect to 127\.0\.0\.1:\d+: connection refused/s);
    t.equal((await proxy.http()).flow.error?.code, 'ECONNREFUSED', connectionStrategy);
  }
});

t.test('a server that closes before the client sends a request', async (t) => {
  const { origin, client } = await setup(t, async (wire, index) => {
    if (index === 0) wire.end();
    else await answering(OK)(wire, index);
  });
  await (await origin.connection()).over();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx');
  await client.has(OK);
  t.equal(origin.connections.length, 2);
});

t.test('it is not an open proxy', async (t) => {
  const other = await RawOrigin.start(t, answering(OK));
  const { proxy, client } = await setup(t, answering(OK));
  client.send(`CONNECT ${other.authority} HTTP/1.1\r\nHost: a\r\n\r\n`);
  t.match(await client.whole(), /^HTTP\/1\.1 400 .*This is a reverse proxy/s);
  const second = await proxy.connect();
  second.send(`GET http://${other.authority}/ HTTP/1.1\r\nHost: ${other.authority}\r\n\r\n`);
  await second.has(OK);
  t.equal(other.connections.length, 0);
});

t.test('a loop is refused', async (t) => {
  const first = await TestProxy.start(t);
  const { port } = first;
  await first.engine.stop(0);
  const proxy = await TestProxy.start(t, { options: { mode: [`reverse:http://127.0.0.1:${port}@${port}`] } });
  const client = await proxy.connect();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  t.match(await client.whole(), /^HTTP\/1\.1 400 .*is this proxy itself/s);
});

t.test('TCP', async (t) => {
  await t.test('a client that speaks first, even HTTP', async (t) => {
    const { proxy, client } = await setup(
      t,
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.end(OK);
      },
      {},
      'tcp',
    );
    const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    client.send(request);
    await client.has(OK);
    client.end();
    t.same((await proxy.tcp()).messages, [`> ${request}`, `< ${OK}`]);
  });
  await t.test('a server that speaks first', async (t) => {
    const { proxy, client } = await setup(t, (wire) => wire.end('220 hello\r\n'), {}, 'tcp');
    await client.has('220 hello\r\n');
    client.end();
    t.same((await proxy.tcp()).messages, ['< 220 hello\r\n']);
  });
  await t.test('lazy, with a server that speaks first', async (t) => {
    const { client } = await setup(t, (wire) => wire.send('220 hello\r\n'), { connectionStrategy: 'lazy' }, 'tcp');
    await client.has('220 hello\r\n');
  });
  await t.test('an unreachable server', async (t) => {
    const origin = await RawOrigin.start(t);
    origin.close();
    const proxy = await TestProxy.start(t, { options: { mode: [`reverse:tcp://${origin.authority}`] } });
    const client = await proxy.connect();
    client.send('ping');
    await client.over();
    t.equal(client.size, 0);
    t.match(proxy.messages('warn')[0], /connection refused/);
  });
});

t.test('TLS on either side', async (t) => {
  const root = testAuthority();
  const origin = await tlsOrigin(t, identity(root, ['localhost', 'other.test', '127.0.0.1'], 'Example Org'));
  const plain = await RawOrigin.start(t, answering(OK));
  const start = async (target: string, options: Partial<EngineOptions> = {}) => {
    const trust = trusting(join(folder(t), 'root.pem'), root);
    return TestProxy.start(t, { options: { ...trust, mode: [`reverse:${target}`], ...options } });
  };
  const tlsTo = (port: number) => connectTcp(port, '127.0.0.1');

  await t.test('both', async (t) => {
    const proxy = await start(`https://localhost:${origin.port}`);
    const { peer, response } = await ask(tlsTo(proxy.port), proxy.authority, {
      servername: 'front.test',
      name: 'front.test',
      path: '/both',
      alpn: ['h2', 'http/1.1'],
    });
    t.ok(peer?.authorized, 'the certificate is for the name that the client asked for');
    t.match(peer?.certificate.subjectaltname, /DNS:localhost.*DNS:front\.test/, 'beside those of the server');
    t.equal(peer?.alpnProtocol, 'http/1.1');
    t.match(response, /\/both$/);
    t.equal(origin.seen.at(-1), 'localhost', 'the server is asked for by its own name');
    const { flow } = await proxy.http();
    t.match(flow.request, { scheme: 'https', host: 'localhost', port: origin.port, path: '/both' });
    t.equal(flow.request.headers.get('host'), `localhost:${origin.port}`);
    t.equal(flow.server.tls?.sni, 'localhost');
    t.equal(flow.client.tls?.sni, 'front.test');
  });

  await t.test('both, without SNI', async (t) => {
    const proxy = await start(`https://localhost:${origin.port}`);
    const { peer } = await ask(tlsTo(proxy.port), proxy.authority);
    t.match(peer?.certificate.subjectaltname, /IP Address:127\.0\.0\.1/, 'the address that the client connected to');
  });

  await t.test('keep_host_header keeps the SNI', async (t) => {
    const proxy = await start(`https://localhost:${origin.port}`, { keepHostHeader: true });
    const { response } = await ask(tlsTo(proxy.port), proxy.authority, { servername: 'other.test', path: '/kept' });
    t.match(response, /\/kept$/);
    t.equal(origin.seen.at(-1), 'other.test');
  });

  await t.test('only the server', async (t) => {
    for (const connectionStrategy of ['eager', 'lazy'] as const) {
      const proxy = await start(`https://127.0.0.1:${origin.port}`, { connectionStrategy });
      const response = await plainly(proxy.port, 'GET /server HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      t.match(response, /\/server$/, connectionStrategy);
      t.equal(origin.seen.at(-1), false, 'an address is no SNI');
    }
  });

  await t.test('only the client', async (t) => {
    const proxy = await start(`http://${plain.authority}`);
    const { peer, response } = await ask(tlsTo(proxy.port), proxy.authority, { servername: 'a.test', name: 'a.test' });
    t.ok(peer?.authorized);
    t.match(response, /ok$/);
    t.match((await proxy.http()).flow.request, { scheme: 'http', host: '127.0.0.1', port: plain.port });
  });

  await t.test('a server that cannot be verified', async (t) => {
    const proxy = await start(`https://localhost:${origin.port}`, { sslVerifyUpstreamTrustedCa: undefined });
    t.match(
      await plainly(proxy.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      /^HTTP\/1\.1 502 .*Certificate verify failed/s,
    );
    const { response } = await ask(tlsTo(proxy.port), proxy.authority, { servername: 'a.test' });
    t.match(response, /^HTTP\/1\.1 502 .*Certificate verify failed/s);
  });

  await t.test('an address that is missing in the certificate of the server', async (t) => {
    const named = await tlsOrigin(t, identity(root, ['localhost']));
    const proxy = await start(`https://127.0.0.1:${named.port}`);
    t.match(
      await plainly(proxy.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      /^HTTP\/1\.1 502 .*Certificate verify failed/s,
    );
  });

  await t.test('raw bytes in TLS', async (t) => {
    const proxy = await start(`tls://localhost:${origin.port}`);
    const request = 'GET /raw HTTP/1.1\r\nHost: a\r\n\r\n';
    t.match(await plainly(proxy.port, request, '/raw'), /\/raw$/);
    const { response } = await ask(tlsTo(proxy.port), proxy.authority, { servername: 'a.test', path: '/raw' });
    t.match(response, /\/raw$/);
    for (const count of [1, 2]) t.equal((await proxy.tcp(count)).flow.server.tls?.sni, 'localhost');
  });

  await t.test('raw bytes to a server without TLS', async (t) => {
    const echo = await RawOrigin.start(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.end(OK);
    });
    const proxy = await start(`tcp://${echo.authority}`);
    const { response } = await ask(tlsTo(proxy.port), proxy.authority, { servername: 'a.test' });
    t.match(response, /ok$/);
    await proxy.tcp();
  });
});

/** Sends bytes as they are. @returns what comes back, up to the end or to some text */
function plainly(port: number, text: string, end = '\0'): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(text);
  return new Promise((resolve) => {
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
      if (received.includes(end)) socket.destroy();
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(received));
  });
}
