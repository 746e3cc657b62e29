import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { until } from '../../support/until.js';
import { LEAVES, othersAreServed } from './support.js';

/** Lets what is on its way within this machine arrive. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate();
}

t.test('clients that connect before the proxy serves wait', async (t) => {
  const found = await setup(t, answering(OK), { serving: false });
  const { client, origin, proxy, url } = found;
  client.send(`GET ${url}/1 HTTP/1.1\r\n\r\n`);
  const half = await proxy.connect();
  half.send(`GET ${url}/2 HTTP/1.1\r\n\r\n`);
  half.socket.end();
  for (const [, leave] of LEAVES) leave(await proxy.connect());
  await turns();
  t.same([origin.connections.length, proxy.logged], [0, []], 'nothing happens');

  proxy.engine.serve();
  await client.has('ok');
  await half.has('ok');
  await proxy.flow(2);
  await othersAreServed(t, found);
});

t.test('they are disconnected if the proxy stops before it serves', async (t) => {
  const { client, origin, proxy, url } = await setup(t, answering(OK), { serving: false });
  client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
  await turns();
  await proxy.engine.stop(0);
  await until(() => client.ended || client.closed, 'the client to be let go');
  t.same([origin.connections.length, proxy.ended.length], [0, 0]);
});
