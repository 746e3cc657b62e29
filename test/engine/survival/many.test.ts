import t from 'tap';
import { Random } from '../../support/random.js';
import { OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { TestProxy } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import type { Wire } from '../../support/wire.js';
import { CHUNKS, LENGTH, othersAreServed, UNTIL_CLOSE } from './support.js';

t.test('requests and responses with altered bytes', async (t) => {
  const random = new Random(10);
  const alter = (text: string): Buffer => {
    const bytes = Buffer.from(text, 'latin1');
    for (let count = random.below(3); count >= 0; count--) {
      bytes[random.below(bytes.length)] = random.pick([0, 9, 10, 13, 32, 44, 48, 58, 59, 0xff, random.below(256)]);
    }
    return bytes;
  };
  const responses = [OK, LENGTH, CHUNKS, UNTIL_CLOSE, `${CHUNKS}0\r\nT: 1\r\n\r\n`, `HTTP/1.1 103 Hi\r\n\r\n${OK}`];
  const found = await setup(t, async (wire) => {
    await wire.until(() => wire.closed || wire.ended || wire.size > 0, 'a request');
    wire.end(alter(random.pick(responses)));
  });
  const { origin, proxy, url } = found;
  const requests = [
    `GET ${url}/ HTTP/1.1\r\nHost: a\r\nA: 1\r\n 2\r\n\r\n`,
    `POST ${url}/ HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello`,
    `POST ${url}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nT: 1\r\n\r\n`,
    `CONNECT ${origin.authority} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    `GET ${url}/ HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`,
  ];
  // A destination that is altered must not lead out of the machine.
  const where = /\/\/.*?\/|CONNECT .*? /;
  const together = async (): Promise<void> => {
    const request = random.pick(requests);
    const client = await proxy.connect();
    const altered = alter(request);
    if (where.exec(altered.toString('latin1'))?.[0] === where.exec(request)![0]) client.end(altered);
    else client.end(request);
    await client.until(() => client.ended || client.closed, 'an end');
    client.socket.destroy();
  };
  for (let round = 0; round < 40; round++) await Promise.all(Array.from({ length: 10 }, together));
  t.ok(proxy.ended.length > 100);
  await othersAreServed(t, found);
});

t.test('hundreds of connections at once, of all kinds', async (t) => {
  const count = 300;
  const { origin, proxy, url } = await setup(t, async (wire) => {
    await wire.until(() => wire.closed || wire.size > 0, 'something');
    if (wire.closed) return;
    if (wire.text.startsWith('\0')) return wire.end('other');
    for (let at = 1; ; at++) {
      await wire.until(() => wire.closed || wire.text.split('\r\n\r\n').length > at, 'a request');
      if (wire.closed) return;
      if (wire.text.includes('/broken')) return wire.reset();
      wire.send(OK);
    }
  });
  const kinds: ((wire: Wire) => Promise<void>)[] = [
    async (wire) => {
      for (const at of [1, 2, 3]) {
        wire.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
        await wire.has(OK, at);
      }
    },
    async (wire) => {
      wire.send(`GET ${url}/ HTTP/1.1\r\n\r\n`.repeat(3));
      await wire.has(OK, 3);
    },
    async (wire) => {
      wire.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0`);
      await wire.has('other');
    },
    async (wire) => {
      wire.send(`GET ${url}/broken HTTP/1.1\r\n\r\n`);
      await wire.has('HTTP/1.1 502');
    },
    async (wire) => {
      wire.send(`GET ${url}/ HTTP/1.1\r\nA : 1\r\n\r\n`);
      await wire.has('HTTP/1.1 400');
    },
    async (wire) => {
      wire.send('GET htt');
      wire.reset();
    },
  ];
  await Promise.all(Array.from({ length: count }, async (_, at) => kinds[at % kinds.length]!(await proxy.connect())));
  await proxy.flow((count / kinds.length) * 9);
  await proxy.engine.stop(5000);
  const each = count / kinds.length;
  t.equal(proxy.ended.length, each * 9);
  t.equal(proxy.ended.filter(({ flow }) => flow.type === 'tcp').length, each);
  t.equal(proxy.ended.filter(({ flow }) => flow.error).length, each * 2);
});

t.test('no client of a burst is lost', async (t) => {
  const proxy = await TestProxy.start(t);
  const clients = await Promise.all(Array.from({ length: 1000 }, () => proxy.connect()));
  await until(
    () => proxy.messages('info').filter((line) => line === 'client connect').length === 1000,
    'all to be accepted',
  );
  const stopping = proxy.engine.stop(1000);
  const received = await Promise.all(clients.map((client) => client.whole()));
  t.equal(received.join(''), '', 'and each is told the end');
  await stopping;
});
