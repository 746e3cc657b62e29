import t from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import type { Wire } from '../../support/wire.js';
import { CHUNKS, LENGTH } from './support.js';

const holding: Addon[] = [{ request: () => {}, response: () => {} }];

interface Case {
  request: (url: string) => string;
  /** The end of the request as the server sees it. */
  seen: string;
  addons?: Addon[];
}

const GET = (url: string): string => `GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`;
const CASES: Record<string, Case> = {
  'a request': { request: GET, seen: '\r\n\r\n' },
  'a request that was held': { request: GET, seen: '\r\n\r\n', addons: holding },
  'an upload': { request: (url) => `POST ${url}/ HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody`, seen: 'body' },
  'an upload in chunks': {
    request: (url) => `POST ${url}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n`,
    seen: '0\r\n\r\n',
  },
  'an upload that was held': {
    request: (url) => `POST ${url}/ HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody`,
    seen: 'body',
    addons: holding,
  },
};

t.test('the end of the side of a client reaches the server', async (t) => {
  for (const [name, { request, seen, addons }] of Object.entries(CASES)) {
    await t.test(`after ${name}`, async (t) => {
      const { client, origin, proxy, url } = await setup(t, undefined, { addons });
      client.send(request(url));
      const server = await origin.connection();
      await server.has(seen);
      t.notOk(server.ended, 'not before');
      client.end('');
      await server.until(() => server.ended, 'the end');
      server.send(OK);
      t.equal(await client.whole(), OK, 'and the response reaches the client');
      t.equal((await proxy.http()).flow.error, undefined);
    });

    await t.test(`with ${name}`, async (t) => {
      const { client, origin, proxy, url } = await setup(t, undefined, { addons });
      client.end(request(url));
      const server = await origin.connection();
      await server.has(seen);
      await server.until(() => server.ended, 'the end');
      server.send(OK);
      t.equal(await client.whole(), OK);
      t.equal((await proxy.http()).flow.error, undefined);
    });
  }

  await t.test('after pipelined requests, after the last of them', async (t) => {
    const ends: boolean[] = [];
    const { client, origin, url } = await setup(t, async (wire) => {
      for (const count of [1, 2]) {
        await wire.until(() => wire.text.split('\r\n\r\n').length > count, `request ${count}`);
        if (count === 2) await wire.until(() => wire.ended, 'the end');
        ends.push(wire.ended);
        wire.send(OK);
      }
    });
    client.end(GET(url) + GET(url));
    t.equal(await client.whole(), OK + OK);
    t.same(ends, [false, true]);
    t.equal(origin.connections.length, 1);
  });
});

t.test('a server that gives up the request then', async (t) => {
  const leave = async (server: Wire): Promise<void> => {
    await server.until(() => server.ended, 'the end');
    server.end('');
  };

  await t.test('before the response: it is the client that has left', async (t) => {
    const { client, origin, proxy, url } = await setup(t);
    client.end(GET(url));
    await leave(await origin.connection());
    t.match(await client.whole(), /^HTTP\/1.1 502 /);
    const { flow } = await proxy.http();
    t.same([flow.error?.code, flow.response], ['client-disconnected', undefined]);
  });

  for (const begin of [LENGTH, CHUNKS]) {
    await t.test('inside the response', async (t) => {
      const { client, origin, proxy, url } = await setup(t);
      client.send(GET(url));
      const server = await origin.connection();
      await server.has('\r\n\r\n');
      server.send(begin);
      await client.has('some');
      client.end('');
      await leave(server);
      const { flow, responseBody } = await proxy.http();
      t.same([flow.error?.code, responseBody], ['client-disconnected', 'some']);
    });
  }

  await t.test('does not get it a second time on another connection', async (t) => {
    const { client, origin, proxy, url } = await setup(t, answering(OK));
    client.send(GET(url));
    await client.has(OK);
    client.end(GET(url));
    await leave(await origin.connection());
    await client.whole();
    t.equal((await proxy.http(2)).flow.error?.code, 'client-disconnected');
    t.equal(origin.connections.length, 1);
  });
});
