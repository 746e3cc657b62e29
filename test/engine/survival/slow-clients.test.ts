import t from 'tap';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { until } from '../../support/until.js';
import type { Wire } from '../../support/wire.js';
import { othersAreServed } from './support.js';

t.test('heads that do not end', async (t) => {
  await t.test('are ended after header_timeout, even if bytes keep arriving', async (t) => {
    const found = await setup(t, undefined, { options: { headerTimeout: 0.2 } });
    const { client, url } = found;
    let at = 0;
    const request = `GET ${url}/ HTTP/1.1\r\nA: ${'a'.repeat(100_000)}`;
    await until(() => {
      if (!client.ended && !client.closed) client.send(request[at++]!);
      return client.ended || client.closed;
    }, 'the end of patience');
    t.match(client.text, /^HTTP\/1\.1 408 Request Timeout\r\n/);
    await othersAreServed(t, found);
  });
  await t.test('or at max_header_size', async (t) => {
    const { client, url } = await setup(t, undefined, { options: { maxHeaderSize: 1000 } });
    client.send(`GET ${url}/ HTTP/1.1\r\n`);
    const flood = setInterval(() => client.send('A: b\r\n'.repeat(10)), 1);
    t.match(await client.whole(), /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
    clearInterval(flood);
  });
  await t.test('an idle client is closed after tcp_timeout', async (t) => {
    const { client, proxy, url } = await setup(t, answering(OK), { options: { tcpTimeout: 0.2 } });
    const silent = await proxy.connect();
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    t.equal(await client.whole(), OK);
    t.match(await silent.whole(), '');
    t.equal((await proxy.flow()).flow.error, undefined);
  });
  await t.test('a silent tunnel too', async (t) => {
    const { proxy, origin } = await setup(t, undefined, { options: { tcpTimeout: 0.2 } });
    const tunnel = await proxy.tunnel(origin.authority);
    tunnel.send('\0');
    t.equal(await tunnel.over(), 'ECONNRESET');
    t.match((await proxy.tcp()).flow.error?.message, 'tcp_timeout');
  });
});

t.test('content that a slow client has not read yet reaches it when the server fails', async (t) => {
  /** More than a client takes that does not read. */
  const piece = `${(100_000).toString(16)}\r\n${'x'.repeat(100_000)}\r\n`;
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  const all = head + piece.repeat(60);
  const ends: Record<string, (wire: Wire) => void> = {
    'the end of the connection': (wire) => wire.end(),
    'a bad chunk': (wire) => wire.send('zz\r\n'),
  };
  for (const [name, end] of Object.entries(ends)) {
    const { client, proxy, url } = await setup(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send(all);
      end(wire);
    });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await client.has(head);
    // The client reads again only once the proxy knows of the failure, and has passed on all that it holds.
    const reading = slowly(client);
    const text = await client.whole();
    // The line end of the last chunk is no content.
    t.ok(text.length >= all.length - 2 && all.startsWith(text), name);
    clearInterval(reading);
    t.ok((await proxy.http()).flow.error);
  }
});

/** Reads a part of what has arrived, again and again. */
function slowly({ socket }: Wire): NodeJS.Timeout {
  socket.on('data', () => socket.pause());
  return setInterval(() => socket.resume(), 2);
}
