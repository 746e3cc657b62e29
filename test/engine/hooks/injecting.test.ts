import t, { type Test } from 'tap';
import type { TcpFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import type { RawOrigin } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { ESTABLISHED, type TestProxy } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import type { Wire } from '../../support/wire.js';

interface Tunnel {
  client: Wire;
  server: Wire;
  origin: RawOrigin;
  proxy: TestProxy;
}

/** A connection that is not HTTP, with its first byte on the way. */
async function tunnel(t: Test, addon: Addon): Promise<Tunnel> {
  const { client, origin, proxy } = await setup(t, () => {}, { addons: [addon] });
  client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
  await client.has(ESTABLISHED);
  client.send('\0');
  const server = await origin.connection();
  await until(() => server.size > 0 || client.closed, 'the first byte');
  return { client, server, origin, proxy };
}

async function injectedOf({ flow }: { flow: TcpFlow }): Promise<string[]> {
  const lines: string[] = [];
  for await (const { injected, fromClient, content } of flow.messages) {
    if (injected) lines.push(`${fromClient ? '>' : '<'} ${content}`);
  }
  return lines;
}

t.test('from each hook and from timers, to both sides', async (t) => {
  let lines: string[] = [];
  const seen: string[] = [];
  const addon: Addon = {
    tcpStart: (flow) => flow.inject({ toClient: false, text: 'start' }),
    tcpMessage: ({ flow, message }) => {
      if (message.injected) seen.push(message.content.toString());
      if (message.content.toString() !== 'ping') return;
      flow.inject({ toClient: true, content: Buffer.from('pong') });
      setTimeout(() => flow.inject({ toClient: true, text: 'later' }), 1);
    },
    flowEnd: async (flow) => {
      lines = await injectedOf({ flow: flow as TcpFlow });
    },
  };
  const { client, server, proxy } = await tunnel(t, addon);
  await server.has('\0');
  client.send('ping');
  await server.has('ping');
  await client.has('ponglater');
  client.end();
  server.end();
  await proxy.flow();
  t.same(lines, ['> start', '< pong', '< later']);
  t.same(seen, ['start', 'pong', 'later'], 'hooks see what is injected');
  t.match(server.text, /^(start\0|\0start)ping$/);
});

t.test('what cannot be injected', async (t) => {
  let flow: TcpFlow | undefined;
  const errors: unknown[] = [];
  const attempt = (toClient: boolean): void => {
    try {
      flow!.inject({ toClient, text: 'x' });
    } catch (error) {
      errors.push((error as { code?: string }).code);
    }
  };
  const addon: Addon = {
    tcpStart: (started) => {
      flow = started;
    },
    tcpEnd: () => attempt(true),
  };
  const { client, server, proxy } = await tunnel(t, addon);
  t.throws(() => flow!.inject({ toClient: true }), TypeError);
  t.throws(() => flow!.inject({ toClient: true, text: '', content: Buffer.from('') }), TypeError);
  client.end();
  await until(() => server.ended, 'the end of the client');
  attempt(false);
  t.same(errors, ['ERR_FLOW_NOT_LIVE'], 'that side was closed');
  flow!.inject({ toClient: true, text: 'still' });
  await client.has('still');
  server.end();
  await proxy.flow();
  attempt(true);
  t.same(errors, ['ERR_FLOW_NOT_LIVE', 'ERR_FLOW_NOT_LIVE', 'ERR_FLOW_NOT_LIVE'], 'in tcpEnd, and afterwards');
});

t.test('kill works at any time', async (t) => {
  let flow: TcpFlow | undefined;
  const addon: Addon = {
    tcpStart: (started) => {
      flow = started;
    },
  };
  const { client, server, proxy } = await tunnel(t, addon);
  flow!.kill();
  await until(() => client.closed && (server.closed || server.ended), 'both to be closed');
  t.equal((await proxy.tcp()).flow.error?.message, 'Connection killed.');
});

t.test('into an upgraded connection, whose bytes have no hook', async (t) => {
  const seen: string[] = [];
  const addon: Addon = {
    responseHeaders: (flow) => {
      setTimeout(() => flow.inject({ toClient: true, text: 'hello' }), 1);
    },
  };
  const { client, origin, proxy, url } = await setup(
    t,
    async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send('HTTP/1.1 101 Hi\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
    },
    { addons: [addon] },
  );
  client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n`);
  await client.has('hello');
  client.end();
  origin.connections[0]!.end();
  const { messages } = await proxy.http();
  t.same(messages, ['< hello']);
  t.same(seen, []);
});
