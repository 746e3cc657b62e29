import t from 'tap';
import type { DeferredServers } from '../../../src/engine/index.js';
import { writeGreeting, writeRequest } from '../../../src/engine/socks5/messages.js';
import { RawOrigin } from '../../support/raw-origin.js';
import { TestProxy } from '../../support/test-proxy.js';

/** A capture has answers of all servers. */
const recorded: DeferredServers = { defers: () => true, servesHttp: () => true, certificateOf: () => undefined };

/** The same without answers. */
const offline: DeferredServers = { ...recorded, servesHttp: () => false };

t.test('a client may take its time: a server that is known to speak HTTP will not speak first', async (t) => {
  const cases = [
    ['regular', recorded, 0],
    ['socks5', recorded, 0],
    ['regular', offline, 1],
  ] as const;
  const serve = async ([mode, deferredServers, connections]: (typeof cases)[number]): Promise<void> => {
    const origin = await RawOrigin.start(t);
    // A client that is not waited for is assumed to wait for the server, after a second.
    const proxy = await TestProxy.start(t, { deferredServers, options: { mode: [mode], tcpTimeout: 2 } });
    const client = await proxy.connect();
    if (mode === 'regular') client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    else client.send(Buffer.concat([writeGreeting([0]), writeRequest(1, ['127.0.0.1', origin.port])]));
    await client.whole();
    t.equal(origin.connections.length, connections, `${mode}, ${deferredServers === offline ? 'offline' : 'recorded'}`);
  };
  await Promise.all(cases.map(serve));
});
