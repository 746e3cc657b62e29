import t from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { answering, OK, type Script } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { until } from '../../support/until.js';
import type { Wire } from '../../support/wire.js';

t.test('a reused connection that the server has closed', async (t) => {
  /** Answers the first request, and closes the connection on the second; a second connection is answered. */
  const closing =
    (how: 'end' | 'reset' | 'inside the answer'): Script =>
    async (wire, index) => {
      if (index > 0) return answering(OK)(wire, index);
      await wire.has('\r\n\r\n');
      wire.send(OK);
      await wire.has('/again');
      if (how === 'inside the answer') wire.end('HTTP/1.1');
      else if (how === 'end') wire.end();
      else wire.reset();
    };
  const repeated: [name: string, request: string, addons?: Addon[], keepBodies?: boolean][] = [
    ['GET', 'GET URL/again HTTP/1.1\r\n\r\n'],
    ['HEAD', 'HEAD URL/again HTTP/1.1\r\n\r\n'],
    ['DELETE', 'DELETE URL/again HTTP/1.1\r\n\r\n'],
    ['PUT with a body that is kept', 'PUT URL/again HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody'],
    ['PUT in chunks', 'PUT URL/again HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nA: 1\r\n\r\n'],
    [
      'PUT that is held',
      'PUT URL/again HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
      [{ request: () => {} }],
    ],
  ];
  for (const how of ['end', 'reset'] as const) {
    for (const [name, request, addons] of repeated) {
      await t.test(`${name} is sent again, after ${how}`, async (t) => {
        const { client, origin, proxy, url } = await setup(t, closing(how), { addons });
        client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
        await client.has(OK);
        client.send(request.replace('URL', url));
        await client.hasBytes(2 * OK.length - (name === 'HEAD' ? 2 : 0));
        t.equal(origin.connections.length, 2);
        t.equal(origin.connections[1]!.text.replace(/Host: .*\r\n/, ''), request.replace('URL', ''));
        const { flow } = await proxy.http(2);
        t.equal(flow.error, undefined);
        t.same(
          flow.server.local?.[1],
          origin.connections[1]!.socket.remotePort,
          'the flow has the connection that served it',
        );
        t.equal(proxy.ended.length, 2);
      });
    }
    const left: [name: string, request: string, keepBodies?: boolean][] = [
      ['POST', 'POST URL/again HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody'],
      ['an unknown method', 'get URL/again HTTP/1.1\r\n\r\n'],
      ['PUT with a body that is not kept', 'PUT URL/again HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody', false],
      [
        'PUT in chunks of which the last has yet to come',
        'PUT URL/again HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n',
      ],
      ['PUT of which a part has yet to come', 'PUT URL/again HTTP/1.1\r\nContent-Length: 9\r\n\r\nbody'],
    ];
    for (const [name, request, keepBodies] of left) {
      await t.test(`${name} is left to the client, after ${how}`, async (t) => {
        const { client, origin, proxy, url } = await setup(t, closing(how), { keepBodies });
        client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
        await client.has(OK);
        client.send(request.replace('URL', url));
        t.equal(await client.whole(), OK, 'its connection is closed without an answer');
        const { flow } = await proxy.http(2);
        t.equal(flow.error?.code, 'connection-lost');
        t.equal(origin.connections.length, 1);
      });
    }
  }
  await t.test('not after a part of a response', async (t) => {
    const { client, origin, proxy, url } = await setup(t, closing('inside the answer'));
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await client.has(OK);
    client.send(`GET ${url}/again HTTP/1.1\r\n\r\n`);
    t.match(await client.whole(), 'HTTP/1.1 502 ');
    t.equal(origin.connections.length, 1);
    t.equal((await proxy.http(2)).flow.error?.code, 'truncated');
  });
  await t.test('and not if the connection was new', async (t) => {
    const { client, origin, url } = await setup(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.end();
    });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    t.match(await client.whole(), /^HTTP\/1\.1 502 /);
    t.equal(origin.connections.length, 1);
  });
});

t.test('a POST takes a new connection once the server has closed one without notice', async (t) => {
  const { client, origin, proxy, url } = await setup(t, async (wire, index) => {
    if (index > 0) return answering(OK, OK, OK)(wire, index);
    await wire.has('\r\n\r\n');
    wire.send(OK);
    await wire.has('/2');
    wire.end();
  });
  const send = async (method: string, count: number): Promise<number> => {
    client.send(`${method} ${url}/${count} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`);
    await client.has(OK, count);
    await proxy.http(count);
    return origin.connections.length;
  };
  t.equal(await send('GET', 1), 1);
  t.equal(await send('GET', 2), 2, 'sent again');
  t.equal(await send('GET', 3), 2);
  t.equal(await send('POST', 4), 3);
});

t.test('data from an idle server', async (t) => {
  const doings: [name: string, act: (wire: Wire) => void][] = [
    ['bytes without a request', (wire) => wire.send('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n')],
    ['an end', (wire) => wire.end()],
    ['a reset', (wire) => wire.reset()],
  ];
  for (const [name, act] of doings) {
    await t.test(`${name} are not the answer to the next request`, async (t) => {
      const { client, origin, proxy, url } = await setup(t, answering(OK, OK));
      client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
      await client.has(OK);
      await proxy.flow();
      act(origin.connections[0]!);
      await until(
        () => proxy.messages('info').some((line) => line.startsWith('server disconnect')),
        'the connection to be closed',
      );
      client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 0\r\n\r\n`);
      await client.has(OK, 2);
      t.equal(client.text, OK + OK);
      t.equal(origin.connections.length, 2);
    });
  }
  await t.test('bytes after a response close the connection', async (t) => {
    const { client, origin, proxy, url } = await setup(
      t,
      answering(`${OK}HTTP/1.1 200 Smuggled\r\nContent-Length: 0\r\n\r\n`, OK),
    );
    for (const count of [1, 2]) {
      client.send(`GET ${url}/${count} HTTP/1.1\r\n\r\n`);
      await client.has(OK, count);
    }
    t.equal(client.text, OK + OK);
    t.equal(origin.connections.length, 2);
    await proxy.flow(2);
  });
});
