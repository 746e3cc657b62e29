import t from 'tap';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { ESTABLISHED } from '../../support/test-proxy.js';

t.test('CONNECT', async (t) => {
  await t.test('with HTTP inside', async (t) => {
    const { client, origin, proxy } = await setup(t, answering(OK, OK));
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.has(ESTABLISHED);
    t.equal(client.text, ESTABLISHED);
    const request = `GET /in%20side HTTP/1.1\r\nhost:x\r\nA: \xff\r\n\r\n`;
    for (const count of [1, 2]) {
      client.send(request);
      await client.has(OK, count);
    }
    t.equal((await origin.connection()).text, request + request);
    t.equal(origin.connections.length, 1);
    const { flow } = await proxy.http(2);
    t.match(flow.request, {
      method: 'GET',
      scheme: 'http',
      host: '127.0.0.1',
      port: origin.port,
      path: '/in%20side',
      authority: '',
    });
    t.equal(proxy.ended.length, 2, 'the CONNECT that worked is no flow');
  });

  await t.test('with HTTP in the same packet', async (t) => {
    const { client, origin, proxy } = await setup(t, answering(OK));
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\n`);
    await client.has(OK);
    t.equal(client.text, ESTABLISHED + OK);
    t.equal((await proxy.http()).flow.request.path, '/x');
  });

  await t.test('with all requests and the FIN in the same packet', async (t) => {
    const { client, origin, proxy } = await setup(t, async (wire) => {
      await wire.until(() => wire.ended, 'the end');
      wire.end('answer');
    });
    client.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0other`);
    t.equal(await client.whole(), `${ESTABLISHED}answer`);
    t.equal((await origin.connection()).text, '\0other');
    t.same((await proxy.tcp()).messages, ['> \0other', '< answer']);
  });

  await t.test('with HTTP and the FIN in the same packet', async (t) => {
    const { client, origin, proxy } = await setup(t, answering(OK));
    client.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\n`);
    t.equal(await client.whole(), ESTABLISHED + OK);
    t.equal((await proxy.http()).flow.error, undefined);
    t.equal(origin.connections.length, 1);
  });

  await t.test('with another protocol inside', async (t) => {
    const { client, origin, proxy } = await setup(t, async (wire) => {
      await wire.has('ping');
      wire.send('pong');
      await wire.until(() => wire.ended, 'the end of the client');
      wire.end('bye');
    });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.has(ESTABLISHED);
    client.send('\0ping');
    await client.has('pong');
    client.end('\xfflast');
    t.equal(await client.whole(), `${ESTABLISHED}pongbye`);
    t.equal((await origin.connection()).text, '\0ping\xfflast');
    const { flow, messages } = await proxy.tcp();
    t.same(messages, ['> \0ping', '< pong', '> \xfflast', '< bye']);
    t.same(flow.server.address, ['127.0.0.1', origin.port]);
    t.equal(flow.error, undefined);
  });

  await t.test('to a server that speaks first', async (t) => {
    const { client, origin, proxy } = await setup(t, async (wire) => {
      wire.send('220 hello\r\n');
      await wire.has('QUIT\r\n');
      wire.end('221 bye\r\n');
    });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.has('220 hello\r\n');
    client.send('QUIT\r\n');
    t.equal(await client.whole(), `${ESTABLISHED}220 hello\r\n221 bye\r\n`);
    client.end();
    t.same((await proxy.tcp()).messages, ['< 220 hello\r\n', '> QUIT\r\n', '< 221 bye\r\n']);
  });

  await t.test('lazy, by a client that takes its time', async (t) => {
    const { client, origin, proxy } = await setup(t, answering(OK), { options: { connectionStrategy: 'lazy' } });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await origin.connection();
    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    await client.has(OK);
    t.equal((await proxy.http()).flow.request.path, '/', 'its request is recognised');
    t.equal(origin.connections.length, 1, 'and sent on the connection that was opened meanwhile');
  });

  await t.test('to a server that half-closes before any data', async (t) => {
    const { client, origin, proxy } = await setup(t, (wire) => wire.end());
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    t.equal(await client.whole(), ESTABLISHED);
    client.end('late');
    await (await origin.connection()).has('late');
    t.same((await proxy.tcp()).messages, ['> late']);
  });

  await t.test('by a client that disconnects without sending data', async (t) => {
    const { client, origin, proxy } = await setup(t, undefined, { options: { halfCloseTimeout: 0.1 } });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.has(ESTABLISHED);
    client.end();
    t.equal(await (await origin.connection()).whole(), '');
    t.equal(await client.over(), 'end');
    t.equal(proxy.ended.length, 0, 'no flow');
    const other = await proxy.connect();
    other.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    t.equal(await other.over(), 'end', 'with the end in the same packet');
    t.equal(await (await origin.connection(1)).whole(), '');
  });

  await t.test('lazily', async (t) => {
    const { client, origin, proxy } = await setup(t, answering(OK), { options: { connectionStrategy: 'lazy' } });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.has(ESTABLISHED);
    t.equal(origin.connections.length, 0);
    client.send('GET / HTTP/1.1\r\n\r\n');
    await client.has(OK);
    await proxy.flow();
    const other = await proxy.tunnel(origin.authority);
    other.end('\0x');
    await (await origin.connection(1)).has('\0x');
  });
});

t.test('a half-closed tunnel stays open in the other direction', async (t) => {
  await t.test('the client half-closes', async (t) => {
    const { client, origin } = await setup(t, async (wire) => {
      await wire.until(() => wire.ended, 'the end of the client');
      for (let count = 0; count < 3; count++) wire.send('more ');
      wire.end();
    });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.has(ESTABLISHED);
    client.end('\0');
    t.equal(await client.whole(), `${ESTABLISHED}more more more `);
  });

  await t.test('the server half-closes', async (t) => {
    const { client, origin, proxy } = await setup(t, (wire) => wire.end('first'));
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.whole();
    const server = await origin.connection();
    for (let count = 1; count <= 3; count++) {
      client.send('more ');
      await server.has('more ', count);
    }
    client.end();
    t.equal(await server.whole(), 'more more more ');
    t.equal((await proxy.tcp()).flow.error, undefined);
  });
});
