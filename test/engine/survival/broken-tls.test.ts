import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { selfSigned } from '../../support/identity.js';
import { listen } from '../../support/listen.js';
import { TestProxy } from '../../support/test-proxy.js';
import { tlsOrigin } from '../../support/tls-origin.js';
import { until } from '../../support/until.js';
import { UNTIL_CLOSE } from './support.js';

/** A record that nobody has encrypted. The receiver answers with an alert. */
const FORGED = Buffer.concat([Buffer.from('1703030040', 'hex'), Buffer.alloc(64, 7)]);
const BAD_MAC = {
  code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
  message: /^(?:Server connection failed: )?decryption failed or bad record mac\.?$/,
};

/** A TLS server that sends something to each client that has asked, and then a forged record. It never closes. */
async function forgingServer(t: Test, content: string): Promise<number> {
  const below = new Map<number, Socket>();
  const server = createServer({ ...selfSigned() }, (stream: TLSSocket) => {
    stream.on('error', () => {});
    stream.once('data', () => stream.write(content, () => below.get(stream.remotePort!)!.write(FORGED)));
  });
  server.on('connection', (socket: Socket) => below.set(socket.remotePort!, socket));
  return listen(t, server);
}

t.test('a server whose TLS fails', async (t) => {
  const cases: [name: string, content: string, client: 'page' | 'end' | 'ECONNRESET'][] = [
    ['before the head', '', 'page'],
    ['inside the head', 'HTTP/1.1 200 OK\r\nA: ', 'page'],
    ['inside a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart', 'end'],
    ['inside chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n', 'end'],
    ['inside a body until the end', UNTIL_CLOSE, 'ECONNRESET'],
  ];
  for (const [name, content, ending] of cases) {
    await t.test(name, async (t) => {
      const port = await forgingServer(t, content);
      const proxy = await TestProxy.start(t, {
        options: { mode: [`reverse:https://127.0.0.1:${port}`], sslInsecure: true },
      });
      const client = await proxy.connect();
      client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      if (ending === 'ECONNRESET') t.equal(await client.over(), ending);
      else await client.whole();
      t.match(client.text, ending === 'page' ? /^HTTP\/1\.1 502 [\s\S]*bad record mac/ : content);
      const { flow } = await proxy.http();
      t.match(flow.error, BAD_MAC);
      if (flow.response) t.equal(flow.response.body.complete, false);
    });
  }
});

t.test('an HTTP/2 server whose TLS fails', async (t) => {
  const server = createSecureServer({ ...selfSigned() });
  let below: Socket | undefined;
  server.on('connection', (socket: Socket) => {
    below = socket;
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200 });
    stream.write('part', () => below!.write(FORGED));
  });
  const port = await listen(t, server);
  const proxy = await TestProxy.start(t, {
    options: { mode: [`reverse:https://127.0.0.1:${port}`], sslInsecure: true },
  });
  const client = await proxy.connect();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.whole();
  const { flow } = await proxy.http();
  t.equal(flow.error?.code, 'truncated');
});

t.test('a tunnel to a server whose TLS fails', async (t) => {
  const port = await forgingServer(t, 'part');
  const proxy = await TestProxy.start(t, {
    options: { mode: [`reverse:tls://127.0.0.1:${port}`], sslInsecure: true },
  });
  const client = await proxy.connect();
  client.send('\0');
  await client.over();
  t.equal(client.text, 'part');
  const { flow } = await proxy.tcp();
  t.match(flow.error, BAD_MAC);
});

t.test('what was received before TLS failed is recorded', async (t) => {
  for (const failing of ['server', 'client'] as const) {
    await t.test(failing, async (t) => {
      const server = createServer({ ...selfSigned() });
      const below: Partial<Record<'client' | 'server', Socket>> = {};
      server.on('connection', (socket: Socket) => {
        below.server = socket;
      });
      const port = await listen(t, server);
      t.teardown(() => below.client?.destroy());
      let release: (() => void) | undefined;
      const tcpMessage = (): Promise<void> | undefined =>
        release ? undefined : new Promise((resolve) => (release = resolve));
      const options = {
        mode: [`reverse:tls://127.0.0.1:${port}`],
        sslInsecure: true,
      };
      const proxy = await TestProxy.start(t, { options, addons: [{ tcpMessage }] });
      below.client = connectTcp(proxy.port, '127.0.0.1');
      below.client.on('error', () => {});
      const client = connectTls({ socket: below.client, rejectUnauthorized: false });
      const [accepted] = (await once(server, 'secureConnection')) as [TLSSocket];
      for (const stream of [client, accepted]) stream.on('error', () => {}).resume();
      const sender = failing === 'server' ? accepted : client;
      sender.write('held');
      await until(() => release !== undefined, 'the first message');
      sender.write('behind it', () => below[failing]!.write(FORGED));
      // The proxy answers with an alert.
      await once(sender, 'error');
      release!();
      const { flow, messages } = await proxy.tcp();
      t.strictSame(messages.join('').replace(/[<>] /g, ''), 'heldbehind it');
      t.match(flow.error, BAD_MAC);
    });
  }
});

t.test('a client whose TLS fails is disconnected', async (t) => {
  const origin = await tlsOrigin(t, selfSigned());
  const options = { mode: [`reverse:https://127.0.0.1:${origin.port}`], sslInsecure: true };
  for (const [name, request, alpn] of [
    ['after the handshake', '', 'http/1.1'],
    ['inside a head', 'GET / HTTP/1.1\r\nHost:', 'http/1.1'],
    ['between requests', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'http/1.1'],
    ['in HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'h2'],
    ['in another protocol', '\0', undefined],
  ] as const) {
    await t.test(name, async (t) => {
      let gone = false;
      const clientDisconnected = (): void => {
        gone = true;
      };
      const proxy = await TestProxy.start(t, { options, addons: [{ clientDisconnected }] });
      const socket = connectTcp(proxy.port, '127.0.0.1');
      socket.on('error', () => {});
      t.teardown(() => socket.destroy());
      const stream = connectTls({
        socket,
        rejectUnauthorized: false,
        ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
      });
      stream.on('error', () => {});
      // Sent at the end of the handshake: the proxy does not take the forged record for a part of it.
      await once(stream, 'session');
      // Node cannot write from within this event.
      await new Promise(setImmediate);
      if (request !== '') stream.write(request);
      if (name === 'between requests' || name === 'in HTTP/2') await once(stream, 'data');
      socket.write(FORGED);
      stream.resume();
      await until(() => gone, 'the proxy to end the connection');
    });
  }
});
