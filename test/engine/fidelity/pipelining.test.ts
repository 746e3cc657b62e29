import t from 'tap';
import { later } from '../../support/later.js';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';

t.test('pipelined requests are answered in order', async (t) => {
  for (const size of [1_000_000, 50, 1]) {
    await t.test(`${size} bytes at a time`, async (t) => {
      const { client, proxy, url } = await setup(t, async (wire) => {
        // Answers to odd requests take longer.
        for (let at = 0; at < 5; at++) {
          await wire.has(`GET /${at} `);
          for (let turn = 0; turn < (at % 2) * 50; turn++) await later();
          wire.send(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${at}`);
        }
      });
      let requests = '';
      for (let at = 0; at < 5; at++) {
        requests +=
          at % 2 ? `GET ${url}/${at} HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc` : `GET ${url}/${at} HTTP/1.1\r\n\r\n`;
      }
      for (let at = 0; at < requests.length; at += size) client.send(requests.slice(at, at + size));
      await client.has('Content-Length', 5);
      await client.hasBytes(5 * 39);
      t.equal(client.text.replace(/HTTP.*\r\n.*\r\n\r\n/g, ''), '01234');
      await proxy.flow(5);
      t.same(
        proxy.ended.map(({ requestBody }) => requestBody),
        ['', 'abc', '', 'abc', ''],
      );
    });
  }
});

t.test('all pipelined requests of a half-closed client are answered', async (t) => {
  const { client, proxy, url } = await setup(t, answering(OK, OK, OK));
  client.end(`GET ${url}/0 HTTP/1.1\r\n\r\n`.repeat(3));
  t.equal(await client.whole(), OK.repeat(3));
  await proxy.flow(3);
  t.same(
    proxy.ended.map(({ flow }) => flow.error),
    [undefined, undefined, undefined],
  );
});
