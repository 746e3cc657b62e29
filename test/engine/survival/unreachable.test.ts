import { type ChildProcess, spawn } from 'node:child_process';
import t, { type Test } from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { IPV6 } from '../../support/ipv6.js';
import { setup } from '../../support/setup.js';
import { TestProxy } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import { Wire } from '../../support/wire.js';
import { LEAVES, othersAreServed } from './support.js';

t.test('a request to the proxy itself is refused', async (t) => {
  const refused = async (t: Test, proxy: TestProxy, host: string): Promise<void> => {
    const before = proxy.ended.length;
    const plain = await proxy.connect();
    plain.send(`GET http://${host}:${proxy.port}/ HTTP/1.1\r\n\r\n`);
    t.match(await plain.whole(), /^HTTP\/1\.1 400 .*this proxy itself/s, host);
    const tunnel = await proxy.connect();
    tunnel.send(`CONNECT ${host}:${proxy.port} HTTP/1.1\r\n\r\n`);
    t.match(await tunnel.whole(), /^HTTP\/1\.1 400 .*this proxy itself/s, `CONNECT ${host}`);
    await proxy.flow(before + 2);
    t.same(
      proxy.ended.slice(before).map(({ flow }) => flow.error?.message.includes('this proxy itself')),
      [true, true],
    );
  };
  await t.test('on the loopback address', async (t) => {
    const proxy = await TestProxy.start(t);
    for (const host of ['127.0.0.1', 'localhost', 'LOCALHOST', '0.0.0.0', '[::ffff:127.0.0.1]', '127.1', '2130706433'])
      await refused(t, proxy, host);
    t.ok(
      proxy.messages('info').filter((line) => line === 'client connect').length <= 22,
      'at most one connection to ourselves each',
    );
  });
  await t.test('on all addresses', async (t) => {
    const proxy = await TestProxy.start(t, { options: { listenHost: '' } });
    const six = IPV6.skip ? [] : ['[::1]', '[::]'];
    for (const host of ['127.0.0.1', 'localhost', '127.0.0.2', '0.0.0.0', ...six]) await refused(t, proxy, host);
  });
  await t.test('inside CONNECT, lazily', async (t) => {
    const proxy = await TestProxy.start(t, { options: { connectionStrategy: 'lazy' } });
    const tunnel = await proxy.connect();
    tunnel.send(`CONNECT 127.0.0.1:${proxy.port} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n`);
    t.match(await tunnel.whole(), /HTTP\/1\.1 400 .*this proxy itself/s);
  });
});

t.test('a server that cannot be reached', async (t) => {
  const found = await setup(t);
  const { client, origin, proxy, url } = found;
  origin.close();
  client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
  t.match(await client.whole(), /^HTTP\/1\.1 502 .*connection refused/s);
  t.equal((await proxy.http()).flow.error?.code, 'ECONNREFUSED');
  const head = await proxy.connect();
  head.send(`HEAD ${url}/ HTTP/1.1\r\n\r\n`);
  t.match(await head.whole(), /^HTTP\/1\.1 502 [\s\S]*\r\n\r\n$/, 'HEAD gets no body');
  const tunnel = await proxy.connect();
  tunnel.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
  t.match(await tunnel.whole(), /^HTTP\/1\.1 502 /);
  await othersAreServed(t, found);
});

/** A listener whose queue is full: connecting to it takes for ever. */
async function blackHole(t: Test): Promise<number> {
  const script = `require('net').createServer().listen(0, '127.0.0.1', 1, function () {
    require('fs').writeSync(1, String(this.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;
  const child: ChildProcess = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const port = await new Promise<number>((resolve) => child.stdout!.once('data', (text) => resolve(Number(text))));
  for (let count = 0; count < 2; count++) {
    const wire = await Wire.connect(port);
    t.teardown(() => wire.socket.destroy());
  }
  return port;
}

t.test(
  'a server to which no connection comes about',
  { skip: process.platform !== 'linux' && 'needs the queue of Linux' },
  async (t) => {
    const port = await blackHole(t);
    const connecting = async (t: Test, connectTimeout: number) => {
      let begun = 0;
      const addons: Addon[] = [{ serverConnect: () => void begun++ }];
      const proxy = await TestProxy.start(t, { addons, options: { connectTimeout, halfCloseTimeout: 0.2 } });
      const clients = [await proxy.connect(), await proxy.connect()];
      clients[0]!.send(`GET http://127.0.0.1:${port}/ HTTP/1.1\r\n\r\n`);
      clients[1]!.send(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`);
      await until(() => begun === 2, 'connecting');
      return { proxy, clients };
    };
    await t.test('fails after connect_timeout', async (t) => {
      const { proxy, clients } = await connecting(t, 0.2);
      for (const client of clients) t.match(await client.whole(), /^HTTP\/1\.1 504 /);
      await proxy.flow(2);
      t.same(
        proxy.ended.map(({ flow }) => flow.error?.code),
        Array(2).fill('upstream-timeout'),
      );
    });
    for (const [how, leave] of LEAVES) {
      await t.test(`or when the client leaves, by ${how}`, async (t) => {
        const { proxy, clients } = await connecting(t, 600);
        leave(clients[0]!);
        t.equal((await proxy.http()).flow.error?.code, 'client-disconnected');
        if (how === 'end') return;
        leave(clients[1]!);
        t.equal((await proxy.http(2)).flow.error?.code, 'client-disconnected');
      });
    }
    await t.test('or when the program ends', async (t) => {
      const { proxy } = await connecting(t, 600);
      await proxy.engine.stop(10);
      t.same(
        proxy.ended.map(({ flow }) => flow.error?.code),
        ['interrupted', 'interrupted'],
      );
    });
  },
);
