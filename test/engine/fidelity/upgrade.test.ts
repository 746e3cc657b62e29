import t from 'tap';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: other\r\n\r\n';

const SWITCHING = `HTTP/1.1 101 Switching\r\nupgrade: other\r\nConnection:Upgrade\r\n\r\n`;

t.test('an upgraded connection is a tunnel on an open flow', async (t) => {
  const { client, origin, proxy, url } = await setup(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send(`${SWITCHING}\x81early`);
    await wire.has('ping');
    wire.send('pong');
    await wire.until(() => wire.ended, 'the end of the client');
    wire.end('bye');
  });
  client.send(`GET ${url}/ws HTTP/1.1\r\nHost: a\r\n${UPGRADE}\x82behind`);
  await client.has('early');
  t.equal(proxy.ended.length, 0, 'the flow is open');
  client.send('ping');
  await client.has('pong');
  client.end();
  t.equal(await client.whole(), `${SWITCHING}\x81earlypongbye`);
  t.equal((await origin.connection()).text, `GET /ws HTTP/1.1\r\nHost: a\r\n${UPGRADE}\x82behindping`);
  const { flow, messages } = await proxy.http();
  t.equal(flow.response?.statusCode, 101);
  t.equal(flow.error, undefined);
  const said = (from: string) =>
    messages
      .filter((line) => line.startsWith(from))
      .map((line) => line.slice(2))
      .join('');
  t.equal(said('>'), '\x82behindping');
  t.equal(said('<'), '\x81earlypongbye');
});

t.test('an upgrade whose client sends its data and half-closes', async (t) => {
  const { client, origin, proxy, url } = await setup(t, async (wire) => {
    await wire.until(() => wire.text.includes('\r\n\r\n'), 'the head');
    wire.send(SWITCHING);
    await wire.until(() => wire.ended, 'the end');
    wire.end('answer');
  });
  client.end(`GET ${url}/ws HTTP/1.1\r\n${UPGRADE}all`);
  t.equal(await client.whole(), `${SWITCHING}answer`);
  t.match((await origin.connection()).text, /all$/);
  t.same((await proxy.http()).messages, ['> all', '< answer']);
});

t.test('a declined upgrade is an ordinary exchange', async (t) => {
  const { client, origin, url } = await setup(t, answering(OK, OK));
  for (const count of [1, 2]) {
    client.send(`GET ${url}/ws HTTP/1.1\r\n${UPGRADE}`);
    await client.hasBytes(count * OK.length);
  }
  t.equal(client.text, OK + OK);
  t.equal(origin.connections.length, 1);
});
