import t from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { answering, OK, RawOrigin } from '../../support/raw-origin.js';
import { type Setup, setup } from '../../support/setup.js';
import { ESTABLISHED, TestProxy } from '../../support/test-proxy.js';
import type { Wire } from '../../support/wire.js';

/** A client that got to the origin by a CONNECT to us, and takes the origin for a proxy. */
const inside = ({ proxy, origin }: Pick<Setup, 'proxy' | 'origin'>): Promise<Wire> => proxy.tunnel(origin.authority);

const CONNECT = 'CONNECT there.test:81 HTTP/1.1\r\nHost: there.test:81\r\nProxy-Authorization: Basic YTpi\r\n\r\n';
const ACCEPTED = 'HTTP/1.0 200 Come in\r\nVia: x\r\n\r\n';
const REFUSED = 'HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 2\r\n\r\nno';

t.test('a CONNECT for another proxy is forwarded to it', async (t) => {
  const { proxy, origin } = await setup(t, async (wire) => {
    await wire.has(CONNECT);
    wire.send(ACCEPTED);
    await wire.has('GET /x HTTP/1.1\r\n\r\n');
    wire.send(OK);
  });
  const client = await inside({ proxy, origin });
  client.send(CONNECT);
  await client.has(ACCEPTED);
  client.send('GET /x HTTP/1.1\r\n\r\n');
  await client.has(OK);
  t.equal((await origin.connection()).text, `${CONNECT}GET /x HTTP/1.1\r\n\r\n`);
  const { flow } = await proxy.http();
  t.match(flow.request, { method: 'GET', host: 'there.test', port: 81, path: '/x' });
  t.match(flow.server, {
    address: ['there.test', 81],
    via: { scheme: 'http', address: ['127.0.0.1', origin.port] },
    peer: ['127.0.0.1', origin.port],
  });
  t.equal(origin.connections.length, 1);
  t.equal(proxy.ended.length, 1, 'a CONNECT that was accepted is no flow');
});

t.test('bytes after the response of that proxy are forwarded', async (t) => {
  const { proxy, origin } = await setup(t, async (wire) => {
    await wire.has(CONNECT);
    wire.send(`${ACCEPTED}220 hello\r\n`);
    await wire.has('QUIT\r\n');
    wire.end('bye');
  });
  const client = await inside({ proxy, origin });
  client.send(CONNECT);
  await client.has(`${ACCEPTED}220 hello\r\n`);
  client.end('QUIT\r\n');
  t.equal(await client.whole(), `${ESTABLISHED}${ACCEPTED}220 hello\r\nbye`);
  const { flow, messages } = await proxy.tcp();
  t.same(flow.server.address, ['there.test', 81]);
  t.same(messages, ['< 220 hello\r\n', '> QUIT\r\n', '< bye']);
});

t.test('a refusal goes to the client, which can retry on the same connection', async (t) => {
  const { proxy, origin } = await setup(t, async (wire) => {
    await wire.has(CONNECT);
    wire.send(REFUSED);
    await wire.has(CONNECT, 2);
    wire.send(ACCEPTED);
    await wire.has('GET /x HTTP/1.1\r\n\r\n');
    wire.send(OK);
  });
  const client = await inside({ proxy, origin });
  client.send(CONNECT);
  await client.has(REFUSED);
  t.equal(client.text, ESTABLISHED + REFUSED);
  const { flow } = await proxy.http();
  t.match(flow.request, { method: 'CONNECT', url: 'there.test:81' });
  t.equal(flow.response?.statusCode, 407);
  t.equal(flow.error?.code, 'upstream-proxy-refused');
  client.send(CONNECT);
  await client.has(ACCEPTED);
  client.send('GET /x HTTP/1.1\r\n\r\n');
  await client.has(OK);
  t.equal(origin.connections.length, 1);
});

t.test('a second connection goes through that proxy, too', async (t) => {
  const { proxy, origin } = await setup(t, async (wire) => {
    await wire.has(CONNECT);
    wire.send(ACCEPTED);
    await wire.has('GET /x HTTP/1.1\r\n\r\n');
    wire.end(OK);
  });
  const client = await inside({ proxy, origin });
  client.send(CONNECT);
  await client.has(ACCEPTED);
  for (const count of [1, 2]) {
    client.send('GET /x HTTP/1.1\r\n\r\n');
    await proxy.http(count);
  }
  t.equal((await origin.connection(1)).text, `${CONNECT}GET /x HTTP/1.1\r\n\r\n`);
  t.match((await proxy.http(2)).flow.server, {
    address: ['there.test', 81],
    via: { address: ['127.0.0.1', origin.port] },
  });
});

t.test('requests in absolute form for another proxy are forwarded unchanged', async (t) => {
  const request = 'GET http://there.test/x HTTP/1.1\r\nHost: there.test\r\nProxy-Authorization: Basic YTpi\r\n\r\n';
  const { proxy, origin } = await setup(t, answering(REFUSED, OK));
  const client = await inside({ proxy, origin });
  client.send(request);
  await client.has(REFUSED);
  client.send(request);
  await client.has(OK);
  t.equal((await origin.connection()).text, request + request);
});

t.test('and in absolute form when an addon changed them', async (t) => {
  const change: Addon = { name: 'change', request: ({ request }) => void request.headers.set('A', '1') };
  const origin = await RawOrigin.start(t, answering(OK));
  const proxy = await TestProxy.start(t, { addons: [change] });
  const client = await inside({ proxy, origin });
  client.send('GET http://there.test/x HTTP/1.1\r\nHost: there.test\r\n\r\n');
  await client.has(OK);
  t.match((await origin.connection()).text, 'GET http://there.test/x HTTP/1.1\r\nHost: there.test\r\nA: 1\r\n');
});
