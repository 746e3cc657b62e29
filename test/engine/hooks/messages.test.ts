import t from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { later } from '../../support/later.js';
import { setup } from '../../support/setup.js';
import { ESTABLISHED } from '../../support/test-proxy.js';

t.test('messages of tunnels are changed and dropped', async (t) => {
  const addon: Addon = {
    tcpMessage: async ({ message }) => {
      await later();
      const text = message.content.toString();
      if (text === 'drop') message.drop();
      message.content = Buffer.from(text.toUpperCase());
    },
  };
  const { client, origin, proxy } = await setup(
    t,
    async (wire) => {
      await wire.has('PING');
      wire.send('pong');
      await wire.has('DONE');
      wire.end();
    },
    { addons: [addon] },
  );
  client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
  await client.has(ESTABLISHED);
  client.send('\0ping');
  await client.has('PONG');
  client.send('drop');
  while ((await origin.connection()).text !== '\0PING') await later();
  client.end('done');
  await client.whole();
  const { messages } = await proxy.tcp();
  const sent = messages
    .filter((line) => line.startsWith('>'))
    .map((line) => line.slice(2))
    .join('');
  t.equal(origin.connections[0]!.text, sent);
  t.match(sent, /^\0PING(DROP)?DONE$/, 'a message that came together with another is no longer the one to drop');
  t.same(
    messages.filter((line) => line.startsWith('<')),
    ['< PONG'],
  );
});
