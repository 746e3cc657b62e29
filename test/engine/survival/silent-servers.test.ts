import t, { type Test } from 'tap';
import type { EngineOptions } from '../../../src/engine/index.js';
import { RawOrigin } from '../../support/raw-origin.js';
import { ESTABLISHED, TestProxy } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import type { Wire } from '../../support/wire.js';
import { clientHello, message, record } from '../tls/client-hello-support.js';
import { LEAVES } from './support.js';

interface Way {
  options(authority: string): Partial<EngineOptions>;
  /** Makes the proxy begin TLS with the server. */
  begin(client: Wire, authority: string): void | Promise<void>;
  /** A client that only ends its side may still want its answer. */
  mayBeHalf: boolean;
}

const WAYS: Record<string, Way> = {
  'the server of a tunnel': {
    options: () => ({}),
    begin: async (client, authority) => {
      client.send(`CONNECT ${authority} HTTP/1.1\r\n\r\n`);
      await client.has(ESTABLISHED);
      client.send(record(message(clientHello({ extensions: [] }))));
    },
    mayBeHalf: false,
  },
  'the server of a URL': {
    options: () => ({}),
    begin: (client, authority) => client.send(`GET https://${authority}/ HTTP/1.1\r\n\r\n`),
    mayBeHalf: true,
  },
  'the server of a reverse proxy': {
    options: (authority) => ({ mode: [`reverse:https://${authority}`] }),
    begin: (client) => client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
    mayBeHalf: true,
  },
  'the proxy behind us': {
    options: (authority) => ({ mode: [`upstream:https://${authority}`] }),
    begin: (client) => client.send('GET http://origin.test/ HTTP/1.1\r\n\r\n'),
    mayBeHalf: true,
  },
  'the proxy behind us, for a tunnel': {
    options: (authority) => ({ mode: [`upstream:https://${authority}`] }),
    begin: (client) => client.send('CONNECT origin.test:443 HTTP/1.1\r\n\r\n'),
    mayBeHalf: true,
  },
};

async function begun(t: Test, { options, begin }: Way): Promise<{ proxy: TestProxy; client: Wire; server: Wire }> {
  const origin = await RawOrigin.start(t);
  const timeouts = { connectTimeout: 600 };
  const proxy = await TestProxy.start(t, { options: { ...options(origin.authority), ...timeouts } });
  const client = await proxy.connect();
  await begin(client, origin.authority);
  const server = await origin.connection();
  await server.has('\x16\x03\x01');
  return { proxy, client, server };
}

t.test('a server that accepts the connection and does not answer the ClientHello', async (t) => {
  for (const [name, way] of Object.entries(WAYS)) {
    for (const [how, leave] of LEAVES) {
      if (how === 'end' && way.mayBeHalf) continue;
      await t.test(`${name}: is left when the client leaves by ${how}`, async (t) => {
        const { proxy, client, server } = await begun(t, way);
        leave(client);
        await server.until(() => server.ended || server.closed, 'the end');
        await until(() => proxy.messages('info').includes('client disconnect'), 'the client to be gone');
        t.same(proxy.messages('warn'), [], 'no server is suspected');
      });
    }
    await t.test(`${name}: does not keep the program from ending`, async (t) => {
      const { proxy, server } = await begun(t, way);
      const stopping = proxy.engine.stop(600_000);
      proxy.engine.abort();
      await stopping;
      await server.until(() => server.ended || server.closed, 'the end');
    });
  }
});
