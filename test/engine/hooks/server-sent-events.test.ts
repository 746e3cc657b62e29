import t from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { later } from '../../support/later.js';
import { setup } from '../../support/setup.js';
import { until } from '../../support/until.js';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';

t.test('addons get server-sent events as they arrive', async (t) => {
  const seen: string[] = [];
  const addons: Record<string, Addon> = {
    'at once': { serverSentEvent: ({ event }) => void seen.push(String(event.content)) },
    'in its time': {
      serverSentEvent: async ({ event }) => {
        await later();
        seen.push(String(event.content));
      },
    },
  };
  for (const [name, addon] of Object.entries(addons)) {
    seen.length = 0;
    const atEnd: Addon = { observes: true, response: () => void seen.push('response') };
    const { client, url, proxy } = await setup(
      t,
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.send(`${HEAD}\r\ndata: 1\n`);
        wire.send('\ndata: 2\n\n');
        await until(() => seen.length === 2, 'two events');
        wire.end('data: 3');
      },
      { addons: [addon, atEnd], keepBodies: false },
    );
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await proxy.http();
    t.same(seen, ['data: 1', 'data: 2', 'data: 3', 'response'], name);
  }
});
