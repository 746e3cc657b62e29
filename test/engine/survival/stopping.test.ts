import t from 'tap';
import type { FlowFilter } from '../../../src/flow/filter.js';
import type { Addon, HookName } from '../../../src/flow/hooks/hooks.js';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { until } from '../../support/until.js';
import { Wire } from '../../support/wire.js';

t.test('stopping', async (t) => {
  await t.test('idle connections close at once, exchanges in progress finish, new ones are not accepted', async (t) => {
    const { client, origin, proxy, url } = await setup(t);
    const idle = await proxy.connect();
    const begun = await proxy.connect();
    begun.send('GET http://');
    client.send(`GET ${url}/1 HTTP/1.1\r\n\r\nGET ${url}/2 HTTP/1.1\r\n\r\n`);
    const server = await origin.connection();
    await server.has('/1');
    let stopped = false;
    const stopping = proxy.engine.stop(60_000).then(() => {
      stopped = true;
    });
    t.equal(await idle.whole(), '');
    t.equal(await begun.whole(), '');
    await t.rejects(Wire.connect(proxy.port), { code: 'ECONNREFUSED' });
    t.equal(stopped, false);
    server.send(OK);
    t.equal(await client.whole(), OK, 'the second request is not served');
    await stopping;
    t.notMatch(server.text, '/2');
    t.equal((await proxy.http()).flow.error, undefined);
    t.equal(proxy.ended.length, 1);
  });

  await t.test('exchanges that do not finish in time are recorded as interrupted', async (t) => {
    const { client, origin, proxy, url } = await setup(t, async (wire, index) => {
      if (index === 1) {
        await wire.has('\r\n\r\n');
        wire.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome');
      }
      if (index === 3) {
        await wire.has('\r\n\r\n');
        wire.send('HTTP/1.1 101 Hi\r\n\r\n');
      }
    });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await origin.connection(0);
    const downloading = await proxy.connect();
    downloading.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await downloading.has('some');
    const uploading = await proxy.connect();
    uploading.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 9\r\n\r\nsome`);
    await (await origin.connection(2)).has('some');
    const upgraded = await proxy.connect();
    upgraded.send(`GET ${url}/ HTTP/1.1\r\nUpgrade: x\r\n\r\n`);
    await upgraded.has('101');
    const tunnel = await proxy.tunnel(origin.authority);
    tunnel.send('\0');
    await (await origin.connection(4)).has('\0');
    const open = await proxy.tunnel(origin.authority);
    await proxy.engine.stop(10);
    t.equal(proxy.ended.length, 5, 'the tunnel in which nothing was said is no flow');
    t.same(
      proxy.ended.map(({ flow }) => flow.error?.code),
      Array(5).fill('interrupted'),
    );
    for (const wire of [client, downloading, uploading, upgraded, tunnel, open])
      await wire.until(() => wire.ended || wire.closed, 'the end');
    await until(
      () => origin.connections.every((wire) => wire.ended || wire.closed),
      'the ends of all connections to servers',
    );
  });

  await t.test('twice', async (t) => {
    const { client, origin, proxy, url } = await setup(t);
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await origin.connection();
    const first = proxy.engine.stop(60_000);
    const second = proxy.engine.stop(10);
    await Promise.all([first, second]);
    await proxy.engine.stop(10);
    t.equal((await proxy.flow()).flow.error?.code, 'interrupted');
  });

  await t.test('abort ends the wait of stop', async (t) => {
    const { client, origin, proxy, url } = await setup(t);
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await origin.connection();
    const stopping = proxy.engine.stop(60_000);
    proxy.engine.abort();
    await stopping;
    t.equal((await proxy.flow()).flow.error?.code, 'interrupted');
  });

  await t.test('a slow client gets its complete response', async (t) => {
    const size = 20_000_000;
    const { client, proxy, url } = await setup(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      wire.send(Buffer.alloc(size));
    });
    client.socket.pause();
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await until(() => proxy.messages('info').some((line) => line.startsWith('server connect')), 'the exchange');
    const stopping = proxy.engine.stop(60_000);
    client.socket.resume();
    await client.hasBytes(size);
    await stopping;
    t.equal((await proxy.http()).flow.error, undefined);
  });
});

t.test('a hook that never resolves does not prevent the proxy from stopping', async (t) => {
  const never = (): Promise<void> => new Promise(() => {});
  const HTTP = ['requestHeaders', 'request', 'responseHeaders', 'response', 'flowEnd'] as const;
  const CONNECT = ['clientConnected', 'httpConnect', 'serverConnect', 'serverConnected', 'authenticate'] as const;
  const TCP = ['tcpStart', 'tcpMessage', 'tcpEnd', 'error', 'clientDisconnected'] as const;
  const SILENT: readonly HookName[] = ['clientConnected', 'clientDisconnected'];
  for (const hook of [...HTTP, ...CONNECT, ...TCP]) {
    for (const filter of [undefined, bodies]) {
      await t.test(`${hook}${filter ? ', with a filter that reads bodies' : ''}`, async (t) => {
        let called = false;
        const addon: Addon = {
          name: 'endless',
          filter,
          [hook]: () => {
            called = true;
            return never();
          },
        };
        const { client, proxy, origin, url } = await setup(t, answering(OK), { addons: [addon] });
        if ((HTTP as readonly string[]).includes(hook)) client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
        else {
          const credentials = 'Proxy-Authorization: Basic YTpi\r\n';
          client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n${credentials}\r\n\0`);
          if ((TCP as readonly string[]).includes(hook) && hook !== 'tcpStart' && hook !== 'tcpMessage') {
            await (await origin.connection()).has('\0');
            if (hook === 'tcpEnd') {
              client.end();
              (await origin.connection()).end();
            } else client.reset();
          }
        }
        await until(() => called, 'the hook');
        await proxy.engine.stop(10);
        if (!SILENT.includes(hook) && hook !== 'serverConnected' && hook !== 'serverConnect') await proxy.flow();
        t.match(
          proxy.hookErrors.map((error) => `${error.addon} ${error.hook} ${error.error.message}`),
          [new RegExp(`^endless ${hook} did not finish in time`)],
        );
      });
    }
  }
});

const bodies: FlowFilter = { text: 'all', needsBodies: true, evaluate: () => 'yes' };
