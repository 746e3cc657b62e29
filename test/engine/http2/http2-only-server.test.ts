import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { EngineOptions } from '../../../src/engine/index.js';
import { Body } from '../../../src/flow/body/body.js';
import { MemorySource } from '../../../src/flow/body/byte-source.js';
import { releaseFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';

import { identity } from '../../support/identity.js';
import { TestProxy } from '../../support/test-proxy.js';
import { ask as askInTls, connectThrough } from '../../support/tls-client.js';
import { testAuthority } from '../tls/support.js';

const upstream = testAuthority();
const INSECURE = { sslInsecure: true };

/** Answers with the version, method, path and body of the request. */
function answer(request: Http2ServerRequest, response: Http2ServerResponse): void {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => response.end(`${request.httpVersion} ${request.method} ${request.url} ${body}`));
}

/** A server that speaks HTTP/2 only, and counts its connections. */
async function http2Only(t: Test, secure: boolean): Promise<{ port: number; connections: () => number }> {
  const { cert, key } = identity(upstream, ['localhost', '127.0.0.1']);
  const server: Http2Server | Http2SecureServer = secure
    ? createSecureServer({ cert, key, allowHTTP1: false }, answer)
    : createServer(answer);
  let connections = 0;
  server.on('connection', () => connections++);
  server.on('sessionError', () => {});
  return { port: await listen(t, server as unknown as Server), connections: () => connections };
}

async function listen(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What the client asks for is `GET TARGET`, in a tunnel or not. */
interface Way {
  options(port: number): Partial<EngineOptions>;
  target(port: number): string;
  tunnel?: boolean;
  secure: boolean;
}

const WAYS: Readonly<Record<string, Way>> = {
  'a URL': { options: () => ({}), target: (port) => `http://127.0.0.1:${port}/x`, secure: false },
  CONNECT: { options: () => ({}), target: () => '/x', tunnel: true, secure: false },
  'a reverse proxy': {
    options: (port) => ({ mode: [`reverse:http://127.0.0.1:${port}`] }),
    target: () => '/x',
    secure: false,
  },
  'a URL with TLS': { options: () => INSECURE, target: (port) => `https://127.0.0.1:${port}/x`, secure: true },
  'a reverse proxy with TLS': {
    options: (port) => ({ ...INSECURE, mode: [`reverse:https://127.0.0.1:${port}`] }),
    target: () => '/x',
    secure: true,
  },
};

for (const [name, way] of Object.entries(WAYS)) {
  for (const connectionStrategy of ['eager', 'lazy'] as const) {
    t.test(`HTTP/1 clients and ${name} (${connectionStrategy})`, async (t) => {
      const { port, connections } = await http2Only(t, way.secure);
      const proxy = await TestProxy.start(t, { options: { connectionStrategy, ...way.options(port) } });
      const open = () => (way.tunnel ? proxy.tunnel(`127.0.0.1:${port}`) : proxy.connect());
      const client = await open();
      const target = way.target(port);
      client.send(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: keep-alive\r\n\r\n`);
      await client.has('2.0 GET /x ');
      client.send(`POST ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      client.send('3\r\nabc\r\n0\r\n\r\n');
      await client.has('2.0 POST /x abc');
      const before = connections();
      const other = await open();
      other.send(`GET ${target} HTTP/1.0\r\n\r\n`);
      await other.has('2.0 GET /x ');
      t.equal(connections(), before + 1, 'the server is known, so HTTP/1 is not tried again');
      await proxy.flow(3);
      for (const { flow } of proxy.ended) {
        if (flow.type !== 'http') throw new Error(flow.type);
        t.match(flow.request.httpVersion, /^HTTP\/1/);
        t.match(flow.response, { statusCode: 200, httpVersion: 'HTTP/2.0' });
        t.equal(flow.error, undefined);
        t.equal(flow.server.error, undefined);
      }
    });
  }
}

t.test('TLS clients that offer HTTP/1.1', async (t) => {
  for (const connectionStrategy of ['eager', 'lazy'] as const) {
    const { port } = await http2Only(t, true);
    const proxy = await TestProxy.start(t, { options: { connectionStrategy, ...INSECURE } });
    for (const path of ['/first', '/second']) {
      const { socket } = await connectThrough(proxy.port, `127.0.0.1:${port}`);
      const { peer, response } = await askInTls(socket, proxy.authority, { alpn: ['http/1.1'], path });
      t.equal(peer?.alpnProtocol, 'http/1.1', connectionStrategy);
      t.match(response, `2.0 GET ${path}`);
    }
    // Now the server is known.
    const { socket } = await connectThrough(proxy.port, `127.0.0.1:${port}`);
    const { peer, response } = await askInTls(socket, proxy.authority, { path: '/third' });
    t.equal(peer?.alpnProtocol, false, 'a client without ALPN gets none');
    t.match(response, '2.0 GET /third');
  }
});

t.test('without http2 the server is not offered it', async (t) => {
  const { port } = await http2Only(t, true);
  const proxy = await TestProxy.start(t, { options: { ...INSECURE, http2: false } });
  const client = await proxy.connect();
  client.send(`GET https://127.0.0.1:${port}/x HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.has('HTTP/1.1 502');
  t.equal((await proxy.http()).flow.error?.code, 'tls-failed');
});

t.test('a request that an addon sends to such a server', async (t) => {
  for (const secure of [true, false]) {
    const { port } = await http2Only(t, secure);
    const addon: Addon = {
      requestHeaders: ({ request }) => {
        Object.assign(request, { scheme: secure ? 'https' : 'http', host: '127.0.0.1', port });
      },
    };
    const proxy = await TestProxy.start(t, { options: INSECURE, addons: [addon] });
    const client = await proxy.connect();
    client.send('GET http://nowhere.test/x HTTP/1.1\r\nHost: nowhere.test\r\n\r\n');
    await client.has('2.0 GET /x ');
  }
  t.pass();
});

t.test('a replayed request of HTTP/1.1', async (t) => {
  for (const secure of [true, false]) {
    const { port } = await http2Only(t, secure);
    const proxy = await TestProxy.start(t, { options: INSECURE });
    const replay = proxy.engine.replayClient();
    const headers = new Headers(Buffer.from('Host: there\r\nContent-Length: 3\r\n'));
    const request = new HttpRequest({
      method: 'POST',
      scheme: secure ? 'https' : 'http',
      host: '127.0.0.1',
      port,
      authority: '',
      path: '/x',
      httpVersion: 'HTTP/1.1',
      headers,
      body: Body.of(headers, new MemorySource(Buffer.from('abc')), 3, true),
    });
    const flow = await replay.send(request);
    t.equal((await flow.response?.body.bytes())?.toString(), '2.0 POST /x abc');
    releaseFlow(flow);
  }
});

t.test('a server that speaks HTTP/1 after a restart', async (t) => {
  const sockets = new Set<Socket>();
  const first = createServer(answer);
  first.on('connection', (socket: Socket) => sockets.add(socket));
  first.on('sessionError', () => {});
  const port = await listen(t, first as unknown as Server);
  const proxy = await TestProxy.start(t, { options: { mode: [`reverse:http://127.0.0.1:${port}`] } });
  const client = await proxy.connect();
  client.send('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.has('2.0 GET /x ');
  first.close();
  for (const socket of sockets) socket.destroy();
  await once(first, 'close');
  const second = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain'));
  });
  second.listen(port, '127.0.0.1');
  await once(second, 'listening');
  t.teardown(() => second.close());
  for (const text of ['again', 'again']) {
    const other = await proxy.connect();
    other.send('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
    await other.has(text);
    other.end();
  }
  t.pass();
});
