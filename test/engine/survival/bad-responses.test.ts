import t from 'tap';
import { answering } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { othersAreServed } from './support.js';

const BAD_RESPONSES: [name: string, response: string, reason: string, lenient?: 'passes' | 'goes on'][] = [
  [
    'length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'both Content-Length and Transfer-Encoding',
    'passes',
  ],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', 'two different values'],
  ['no length', 'HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello', 'Content-Length "five"'],
  ['chunked not last', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n', 'chunked is not last'],
  [
    'an unknown coding',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0cchunked\r\n\r\n',
    'unknown Transfer-Encoding',
    'goes on',
  ],
  ['a bad chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n', 'a bad chunk size'],
  [
    'white space in a name',
    'HTTP/1.1 200 OK\r\nA B: 0\r\nContent-Length: 0\r\n\r\n',
    'white space in the name',
    'passes',
  ],
  ['bare CR', 'HTTP/1.1 200 OK\r\nA: \rB: 1\r\nContent-Length: 0\r\n\r\n', 'a bare CR', 'passes'],
  ['bare CR in the reason', 'HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n', 'A bare CR or a NUL in the status line'],
  ['NUL', 'HTTP/1.1 200 OK\r\nA: \0\r\nContent-Length: 0\r\n\r\n', 'a NUL byte', 'passes'],
  [
    'junk among the headers',
    'HTTP/1.1 200 OK\r\nThis is junk\r\nContent-Length: 0\r\n\r\n',
    'a header line without a colon',
  ],
  ['a folded length', 'HTTP/1.1 200 OK\r\nContent-Length:\r\n 0\r\n\r\n', 'a folded Content-Length', 'goes on'],
  ['no status line', 'SSH-2.0-OpenSSH\r\n\r\n', 'did not answer with an HTTP status line'],
  ['no status', 'HTTP/1.1 OK\r\n\r\n', 'did not answer with an HTTP status line'],
  ['HTTP/3', 'HTTP/3.0 200 OK\r\n\r\n', 'HTTP/3.0 is not a text protocol'],
  [
    'a switch without an Upgrade',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    'a 101 response without an Upgrade request',
  ],
  ['a head of megabytes', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(2_000_000)}\r\n\r\n`, 'max_header_size'],
  [
    'a bad head behind an interim one',
    'HTTP/1.1 103 Hints\r\n\r\nnonsense\r\n\r\n',
    'did not answer with an HTTP status line',
  ],
];

t.test('invalid responses are replaced by a 502 and recorded', async (t) => {
  for (const [name, response, reason, lenient] of BAD_RESPONSES) {
    await t.test(name, async (t) => {
      const found = await setup(t, answering(response));
      const { client, origin, proxy, url } = found;
      client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
      t.match((await client.whole()).replace('HTTP/1.1 103 Hints\r\n\r\n', ''), /^HTTP\/1\.1 502 Bad Gateway\r\n/);
      const { flow } = await proxy.http();
      t.match(flow.error?.message, reason);
      await (await origin.connection()).until(
        () => origin.connections[0]!.ended || origin.connections[0]!.closed,
        'the end',
      );
      await othersAreServed(t, found);
    });
    if (response.length > 10_000) continue;
    await t.test(`${name}, lenient`, async (t) => {
      const { client, proxy, url } = await setup(t, answering(response), {
        options: { validateInboundHeaders: false },
      });
      client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
      if (lenient) await client.has(response.replace('\r\n ', ' '));
      if (lenient === 'goes on') return;
      if (!lenient) t.match((await client.whole()).replace('HTTP/1.1 103 Hints\r\n\r\n', ''), /^HTTP\/1\.1 502 /);
      t.equal((await proxy.http()).flow.error === undefined, lenient === 'passes');
    });
  }
});

t.test('invalid chunks after valid ones end the connection', async (t) => {
  await t.test('of a response', async (t) => {
    const { client, origin, proxy, url } = await setup(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n');
      await wire.has('never').catch(() => {});
    });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await client.has('ab\r\n');
    origin.connections[0]!.send('zz\r\n');
    t.match(await client.whole(), /\r\n2\r\nab\r\n$/);
    const { flow, responseBody } = await proxy.http();
    t.match(flow.error?.message, 'a bad chunk size');
    t.same([responseBody, flow.response?.body.complete], ['ab', false]);
  });
  await t.test('of a request', async (t) => {
    const { client, origin, proxy, url } = await setup(t);
    client.send(`POST ${url}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`);
    await (await origin.connection()).has('ab\r\n');
    client.send('zz\r\n');
    t.match(await client.whole(), /^HTTP\/1\.1 400 /);
    const { flow, requestBody } = await proxy.http();
    t.match(flow.error?.message, 'a bad chunk size');
    t.same([requestBody, flow.request.body.complete], ['ab', false]);
    t.notMatch(origin.connections[0]!.text, 'zz');
  });
});
