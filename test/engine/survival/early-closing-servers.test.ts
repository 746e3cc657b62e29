import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import t, { type Test } from 'tap';
import type { EngineOptions } from '../../../src/engine/index.js';
import { selfSigned } from '../../support/identity.js';
import { RawOrigin, type Script } from '../../support/raw-origin.js';
import { ESTABLISHED, TestProxy } from '../../support/test-proxy.js';
import type { Wire } from '../../support/wire.js';

/** More than the kernels on the way take, so that a part of it is unread when the server closes. */
const BODY = Buffer.alloc(8_000_000, 'x');
const REFUSAL = 'HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno';
const LARGE = `HTTP/1.1 401 No\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(60_000)}`;
/** How often the race between the answer and our writes is run. */
const TIMES = 5;

/** Answers and closes as soon as a request has begun, which resets the connection. */
function refusing(answer: string, what = '\r\n\r\n'): Script {
  return async (wire) => {
    await wire.has(what);
    wire.socket.pause();
    wire.socket.write(answer, () => wire.socket.destroy());
  };
}

async function tlsServer(t: Test, answer: string): Promise<number> {
  const server = createServer(selfSigned(), (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.pause();
      socket.write(answer, () => socket.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

const FRAMINGS: Record<string, (client: Wire, target: string) => void> = {
  'with a length': (client, target) => {
    client.send(`POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${BODY.length}\r\n\r\n`);
    client.send(BODY);
  },
  'in chunks': (client, target) => {
    client.send(
      `POST ${target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n`,
    );
    client.send(BODY);
    client.send('\r\n0\r\n\r\n');
  },
};

t.test('a response of a server that closes during an upload', async (t) => {
  for (const [framing, upload] of Object.entries(FRAMINGS)) {
    for (const answer of [REFUSAL, LARGE]) {
      await t.test(`${framing}, ${answer.length} bytes`, async (t) => {
        const origin = await RawOrigin.start(t, refusing(answer));
        const proxy = await TestProxy.start(t);
        for (let count = 1; count <= TIMES; count++) {
          const client = await proxy.connect();
          upload(client, `http://${origin.authority}/`);
          await client.hasBytes(answer.length);
          t.equal(client.text, answer);
          const { flow, responseBody } = await proxy.http(count);
          t.same([flow.error, flow.response?.body.complete], [undefined, true]);
          t.equal(responseBody, answer.split('\r\n\r\n')[1]);
          client.socket.destroy();
        }
      });
    }

    const WAYS: Record<string, (t: Test) => Promise<Partial<EngineOptions>>> = {
      'with TLS': async (t) => ({
        mode: [`reverse:https://127.0.0.1:${await tlsServer(t, REFUSAL)}`],
        sslInsecure: true,
      }),
      'a proxy that forwards': async (t) => ({
        mode: [`upstream:http://${(await RawOrigin.start(t, refusing(REFUSAL))).authority}`],
      }),
      'a proxy with TLS': async (t) => ({
        mode: [`upstream:https://127.0.0.1:${await tlsServer(t, REFUSAL)}`],
        sslInsecure: true,
      }),
      'without HTTP': async (t) => ({
        mode: [`reverse:tcp://${(await RawOrigin.start(t, refusing(REFUSAL))).authority}`],
      }),
      'TLS without HTTP': async (t) => ({
        mode: [`reverse:tls://127.0.0.1:${await tlsServer(t, REFUSAL)}`],
        sslInsecure: true,
      }),
    };
    for (const [way, options] of Object.entries(WAYS)) {
      await t.test(`${framing}, ${way}`, async (t) => {
        const proxy = await TestProxy.start(t, { options: await options(t) });
        for (let count = 1; count <= TIMES; count++) {
          const client = await proxy.connect();
          upload(client, way.startsWith('a proxy') ? 'http://origin.test/' : '/');
          await client.hasBytes(REFUSAL.length);
          t.equal(client.text, REFUSAL);
          client.socket.destroy();
          await proxy.flow(count);
        }
      });
    }
  }
});

t.test('the last bytes of a server before a reset of its tunnel', async (t) => {
  const origin = await RawOrigin.start(t, refusing('bye', '\0'));
  const proxy = await TestProxy.start(t);
  for (let count = 1; count <= TIMES; count++) {
    const client = await proxy.tunnel(origin.authority);
    client.send('\0');
    client.send(BODY);
    t.equal(await client.over(), 'ECONNRESET');
    t.equal(client.text, `${ESTABLISHED}bye`);
    const { flow, messages } = await proxy.tcp(count);
    t.match(flow.error?.code, /^(ECONNRESET|EPIPE)$/);
    // The client's next bytes may come after it.
    t.ok(messages.includes('< bye'));
  }
});

t.test('the last bytes of a client before a reset of its tunnel', async (t) => {
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.has('\0');
    wire.send(BODY);
  });
  const proxy = await TestProxy.start(t);
  for (let count = 1; count <= TIMES; count++) {
    const client = await proxy.tunnel(origin.authority);
    client.send('\0');
    await client.hasBytes(100_000);
    client.socket.pause();
    client.socket.write('enough', () => client.socket.destroy());
    const server = await origin.connection(count - 1);
    await server.over();
    t.equal(server.text, '\0enough');
    t.equal((await proxy.tcp(count)).messages.filter((line) => line.startsWith('>')).at(-1), '> enough');
  }
});

t.test('an upstream proxy that responds before the request', async (t) => {
  const answer = 'HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno';
  const before = await RawOrigin.start(t, (wire) => {
    wire.socket.pause();
    wire.socket.write(answer, () => wire.socket.destroy());
  });
  const proxy = await TestProxy.start(t, { options: { mode: [`upstream:http://${before.authority}`] } });
  for (let count = 1; count <= TIMES; count++) {
    const client = await proxy.connect();
    client.send('CONNECT origin.test:443 HTTP/1.1\r\n\r\n');
    t.match(await client.whole(), /^HTTP\/1\.1 502 [\s\S]*refused CONNECT to origin\.test:443: 503 Busy/);
    await proxy.flow(count);
  }
});

t.test('a server that closes during an upload without a response', async (t) => {
  const origin = await RawOrigin.start(t, refusing(''));
  const proxy = await TestProxy.start(t);
  for (let count = 1; count <= TIMES; count++) {
    const client = await proxy.connect();
    FRAMINGS['with a length']!(client, `http://${origin.authority}/`);
    await client.has('\r\n\r\n');
    t.match(client.text, /^HTTP\/1\.1 502 /);
    t.match((await proxy.http(count)).flow.error?.code, /^(ECONNRESET|EPIPE)$/);
    client.socket.destroy();
  }
});
