import t from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { until } from '../../support/until.js';
import { LEAVES, othersAreServed } from './support.js';

t.test('a client that disconnects', async (t) => {
  for (const [how, leave] of LEAVES) {
    const options = { halfCloseTimeout: 0.2 };
    await t.test(`before its head is complete, by ${how}`, async (t) => {
      const found = await setup(t);
      found.client.send('GET http://');
      leave(found.client);
      await othersAreServed(t, found);
      await until(() => found.proxy.messages('info').includes('client disconnect'), 'the client to be gone');
      await found.proxy.flow();
      t.equal(found.proxy.ended.length, 1);
    });

    await t.test(`in the middle of an upload, by ${how}`, async (t) => {
      const found = await setup(t, undefined, { options });
      const { client, origin, proxy, url } = found;
      for (const [at, framing] of [
        'Content-Length: 100\r\n\r\nsome',
        'Transfer-Encoding: chunked\r\n\r\n9\r\nsome',
      ].entries()) {
        const wire = at === 0 ? client : await proxy.connect();
        wire.send(`POST ${url}/ HTTP/1.1\r\n${framing}`);
        await (await origin.connection(at)).has('some');
        leave(wire);
        await origin.connections[at]!.until(
          () => origin.connections[at]!.ended || origin.connections[at]!.closed,
          'the end',
        );
        const { flow, requestBody } = await proxy.http(at + 1);
        t.equal(flow.error?.code, 'client-disconnected');
        t.same([requestBody, flow.request.body.complete, flow.response], ['some', false, undefined]);
      }
      await othersAreServed(t, found);
    });

    await t.test(`in the middle of an upload that is held, by ${how}`, async (t) => {
      let begun = false;
      const addons: Addon[] = [
        {
          requestHeaders: () => {
            begun = true;
          },
          request: () => {},
        },
      ];
      const { client, origin, proxy, url } = await setup(t, undefined, { options, addons });
      client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 100\r\n\r\nsome`);
      await until(() => begun, 'the head');
      leave(client);
      const { flow } = await proxy.http();
      t.equal(flow.error?.code, 'client-disconnected');
      t.equal(flow.request.body.complete, false);
      t.equal(origin.connections.length, 0);
    });

    await t.test(`in the middle of a download, by ${how}`, async (t) => {
      const found = await setup(
        t,
        async (wire) => {
          await wire.has('\r\n\r\n');
          wire.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
        },
        { options },
      );
      const { client, origin, proxy, url } = found;
      client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
      await client.has('some');
      leave(client);
      const server = await origin.connection();
      await server.until(() => server.ended || server.closed, 'the end of the upstream');
      const { flow, responseBody } = await proxy.http();
      t.equal(flow.error?.code, 'client-disconnected');
      t.same([responseBody, flow.response?.body.complete], ['some', false]);
      await othersAreServed(t, found);
    });

    await t.test(`in the middle of a flood, by ${how}`, async (t) => {
      const { client, origin, proxy, url } = await setup(
        t,
        async (wire) => {
          await wire.has('\r\n\r\n');
          wire.send('HTTP/1.1 200 OK\r\n\r\n');
          wire.send(Buffer.alloc(30_000_000));
        },
        { options },
      );
      client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
      await client.hasBytes(100_000);
      leave(client);
      await (await origin.connection()).over();
      const { flow } = await proxy.http();
      t.equal(flow.error?.code, 'client-disconnected');
      t.equal(flow.response?.body.complete, false);
    });

    await t.test(`before the answer, by ${how}`, async (t) => {
      const found = await setup(t, undefined, { options });
      const { client, origin, proxy, url } = found;
      client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
      const server = await origin.connection();
      await server.has('\r\n\r\n');
      leave(client);
      await server.until(() => server.ended || server.closed, 'the end of the upstream');
      const { flow } = await proxy.http();
      t.equal(flow.error?.code, 'client-disconnected');
      t.equal(flow.request.body.complete, true);
      await othersAreServed(t, found);
    });

    await t.test(`with unread requests behind, by ${how}`, async (t) => {
      const { client, origin, proxy, url } = await setup(t, undefined, { options });
      client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`.repeat(3));
      const server = await origin.connection();
      await server.has('\r\n\r\n');
      leave(client);
      await server.until(() => server.ended || server.closed, 'the end of the upstream');
      t.equal((await proxy.http()).flow.error?.code, 'client-disconnected');
    });

    await t.test(`a tunnel, by ${how}`, async (t) => {
      const { proxy, origin } = await setup(t, undefined, { options });
      const tunnel = await proxy.tunnel(origin.authority);
      tunnel.send('\0');
      const server = await origin.connection();
      await server.has('\0');
      leave(tunnel);
      await server.until(() => server.ended || server.closed, 'the end');
      server.end();
      t.equal((await proxy.tcp()).flow.error === undefined, how === 'end');
    });
  }

  await t.test('by a half-close, then by a reset', async (t) => {
    const { client, origin, proxy, url } = await setup(t);
    client.end(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    const server = await origin.connection();
    await server.has('\r\n\r\n');
    client.reset();
    await server.until(() => server.ended || server.closed, 'the end of the upstream');
    t.equal((await proxy.http()).flow.error?.code, 'client-disconnected');
  });

  await t.test('by a half-close, and gets its response', async (t) => {
    const { client, proxy, url } = await setup(t, answering(OK));
    client.end(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    t.equal(await client.whole(), OK);
    t.equal((await proxy.http()).flow.error, undefined);
  });
});
