import t from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { answering, OK, type Script } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { ESTABLISHED } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import { CHUNKS, LENGTH, othersAreServed, UNTIL_CLOSE } from './support.js';

/** Where the last bytes and a reset arrive together, it may look like an end, which is an error in the same places. */
const BROKEN = /connection reset by the peer|Connection closed (inside|with)/;

t.test('a server that disconnects', async (t) => {
  const cases: [
    name: string,
    sent: string,
    how: 'end' | 'reset' | 'reset at once',
    client: 'page' | 'broken',
    error: string | RegExp,
  ][] = [
    ['before the head', '', 'reset', 'page', 'connection reset by the peer'],
    ['before the head', '', 'end', 'page', 'closed the connection without an answer'],
    ['inside the head', 'HTTP/1.1 200 OK\r\nA: ', 'reset', 'page', BROKEN],
    ['inside the head', 'HTTP/1.1 200 OK\r\nA: ', 'reset at once', 'page', /./],
    ['inside the head', 'HTTP/1.1 200 OK\r\nA: ', 'end', 'page', 'Connection closed inside a head.'],
    ['behind an interim head', 'HTTP/1.1 103 Hi\r\n\r\n', 'end', 'page', 'closed the connection without an answer'],
    ['after the head', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', 'reset', 'broken', BROKEN],
    [
      'after the head',
      'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n',
      'end',
      'broken',
      'with 10 bytes of the body missing',
    ],
    ['inside a length', LENGTH, 'reset', 'broken', BROKEN],
    ['inside a length', LENGTH, 'reset at once', 'broken', /./],
    ['inside a length', LENGTH, 'end', 'broken', 'with 6 bytes of the body missing'],
    ['inside chunks', CHUNKS, 'reset', 'broken', BROKEN],
    ['inside chunks', CHUNKS, 'reset at once', 'broken', /./],
    ['inside chunks', CHUNKS, 'end', 'broken', 'inside a chunked body'],
    ['inside a body until the end', UNTIL_CLOSE, 'reset', 'broken', 'connection reset by the peer'],
    ['inside a body until the end', UNTIL_CLOSE, 'reset at once', 'broken', 'connection reset by the peer'],
  ];
  for (const held of [false, true]) {
    for (const [name, sent, how, client, error] of cases) {
      await t.test(`${name}, by ${how}${held ? ', held' : ''}`, async (t) => {
        const addons: Addon[] = held ? [{ response: () => {} }] : [];
        const script: Script = async (wire) => {
          await wire.has('\r\n\r\n');
          wire.send(sent);
          if (how === 'reset at once') wire.reset();
          if (how === 'end') wire.end();
        };
        const found = await setup(t, script, { addons });
        const { origin, proxy, url } = found;
        found.client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
        if (how === 'reset') {
          const server = await origin.connection();
          await server.has('\r\n\r\n');
          const body = sent.split('\r\n\r\n')[1];
          // Once it has passed the proxy the reset comes alone.
          if (client === 'broken' && !held) await found.client.has(body || '\r\n\r\n');
          server.reset();
        }
        // What was held back never began, so there is still room for a page.
        if (sent === UNTIL_CLOSE && !held) t.equal(await found.client.over(), 'ECONNRESET');
        else if (client === 'broken' && !held) {
          const part = await found.client.whole();
          // A reset may overtake the bytes before it.
          if (how !== 'reset at once') t.equal(part, sent, 'the client sees that a part is missing');
        } else
          t.match(
            (await found.client.whole()).replace('HTTP/1.1 103 Hi\r\n\r\n', ''),
            /^HTTP\/1\.1 502 Bad Gateway\r\n/,
          );
        const { flow, responseBody } = await proxy.http();
        t.ok(flow.error);
        t.match(flow.error?.message, error);
        t.equal(flow.response?.body.complete ?? false, false);
        if (how === 'end' && sent.endsWith('some')) t.equal(responseBody, 'some', 'what had come is kept');
        await othersAreServed(t, found);
      });
    }
  }

  await t.test('during an upload', async (t) => {
    const { client, proxy, url } = await setup(t, async (wire) => {
      await wire.has('begin');
      wire.reset();
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 100000\r\n\r\nbegin`);
    t.match(await client.whole(), /^HTTP\/1\.1 502 /);
    const { flow, requestBody } = await proxy.http();
    t.equal(flow.error?.code, 'ECONNRESET');
    t.equal(requestBody, 'begin');
  });

  await t.test('in a tunnel', async (t) => {
    for (const atOnce of [false, true]) {
      const { client, origin, proxy } = await setup(t, async (wire) => {
        await wire.has('\0');
        wire.send('some');
        if (atOnce) wire.reset();
      });
      client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
      await client.has(ESTABLISHED);
      client.send('\0');
      if (!atOnce) {
        await client.has('some');
        origin.connections[0]!.reset();
      }
      t.equal(await client.over(), 'ECONNRESET', atOnce ? 'together with the last bytes' : 'alone');
      t.equal((await proxy.tcp()).flow.error?.code, 'ECONNRESET');
    }
  });
});

t.test('a server that never responds', async (t) => {
  const options = { responseTimeout: 0.2 };
  await t.test('fails after response_timeout', async (t) => {
    const found = await setup(t, undefined, { options });
    const { client, origin, proxy, url } = found;
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    t.match(await client.whole(), /^HTTP\/1\.1 504 Gateway Timeout\r\n/);
    t.equal((await proxy.http()).flow.error?.code, 'upstream-timeout');
    await (await origin.connection()).whole();
    await othersAreServed(t, found);
  });
  await t.test('also on a reused connection, without a retry', async (t) => {
    const { client, origin, proxy, url } = await setup(t, answering(OK), { options });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await client.has(OK);
    client.send(`GET ${url}/again HTTP/1.1\r\n\r\n`);
    await client.has('HTTP/1.1 504 ');
    t.equal((await proxy.http(2)).flow.error?.code, 'upstream-timeout');
    t.equal(origin.connections.length, 1);
  });
  await t.test('but not during the upload', async (t) => {
    const { client, proxy, url } = await setup(
      t,
      async (wire) => {
        await wire.has('end');
        wire.send(OK);
      },
      { options },
    );
    const began = Date.now();
    client.send(`POST ${url}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n`);
    await until(() => {
      client.send('1\r\nx\r\n');
      return Date.now() - began > 1000 || client.size > 0;
    }, 'several times of response_timeout');
    client.send('3\r\nend\r\n0\r\n\r\n');
    await client.has(OK);
    t.equal((await proxy.http()).flow.error, undefined);
  });
});

t.test('one side of an upgraded connection resets it', async (t) => {
  const HANDSHAKES = {
    websocket: 'Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13',
    other: 'Upgrade: other',
  };
  const ACCEPT = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
  for (const [protocol, fields] of Object.entries(HANDSHAKES)) {
    for (const [side, code] of [
      ['server', /^(?:ECONNRESET|connection-closed)$/],
      ['client', /^client-disconnected$/],
    ] as const) {
      await t.test(`${protocol}, the ${side}`, async (t) => {
        const { client, origin, proxy, url } = await setup(t, async (wire) => {
          await wire.has('\r\n\r\n');
          wire.send(`HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${ACCEPT}\r\n\r\n\x81\x05hello`);
        });
        client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n${fields}\r\n\r\n`);
        await client.has('hello');
        if (side === 'server') (await origin.connection()).reset();
        else client.reset();
        const { flow } = await proxy.http();
        t.match(flow.error?.code, code);
      });
    }
  }
});
