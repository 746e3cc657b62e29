import t from 'tap';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { othersAreServed } from './support.js';

const BAD_REQUESTS: [name: string, request: string, reason: string, lenient?: 'passes'][] = [
  [
    'length and chunks',
    'POST URL/ HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'both Content-Length and Transfer-Encoding',
    'passes',
  ],
  [
    'two lengths',
    'POST URL/ HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    'two different values of Content-Length',
  ],
  ['two lengths in one', 'POST URL/ HTTP/1.1\r\nContent-Length: 5, 6\r\n\r\nhello', 'Content-Length'],
  ['no length', 'POST URL/ HTTP/1.1\r\nContent-Length: +5\r\n\r\nhello', 'Content-Length "+5"'],
  [
    'chunks in HTTP/1.0',
    'POST URL/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding in HTTP/1.0',
    'passes',
  ],
  [
    'chunked not last',
    'POST URL/ HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n',
    'chunked is not last',
  ],
  [
    'chunked twice',
    'POST URL/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'chunked twice',
  ],
  ['no chunks', 'POST URL/ HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n', 'last transfer-coding is not chunked'],
  [
    'chunked behind a vertical tab',
    'POST URL/ HTTP/1.1\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n',
    'unknown Transfer-Encoding',
  ],
  ['a bad chunk size', 'POST URL/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', 'a bad chunk size'],
  [
    'a chunk size beyond all measure',
    'POST URL/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n',
    'a bad chunk size',
  ],
  [
    'a chunk that is longer',
    'POST URL/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
    'longer than its size',
  ],
  [
    'bare LF in chunks',
    'POST URL/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n',
    'a bare LF after a chunk size',
  ],
  [
    'white space before the colon',
    'POST URL/ HTTP/1.1\r\nContent-Length : 0\r\n\r\n',
    'white space before the colon',
    'passes',
  ],
  [
    'a folded first line',
    'POST URL/ HTTP/1.1\r\n A: 1\r\nContent-Length: 0\r\n\r\n',
    'a folded line before the first header',
    'passes',
  ],
  ['a folded length', 'POST URL/ HTTP/1.1\r\nContent-Length:\r\n 0\r\n\r\n', 'a folded Content-Length', 'passes'],
  ['bare CR', 'GET URL/ HTTP/1.1\r\nA: 1\rB: 2\r\n\r\n', 'a bare CR', 'passes'],
  [
    'bare CR in the request line',
    'GET URL/a\rb HTTP/1.1\r\n\r\n',
    'a control character in the request target',
    'passes',
  ],
  ['NUL', 'GET URL/ HTTP/1.1\r\nA: 1\x002\r\n\r\n', 'a NUL byte', 'passes'],
  ['NUL in the request line', 'GET URL/\0 HTTP/1.1\r\n\r\n', 'a control character in the request target', 'passes'],
  ['a space in the target', 'GET URL/a b HTTP/1.1\r\n\r\n', 'a space in the request target', 'passes'],
  [
    'two spaces before the version',
    'GET URL/  HTTP/1.1\r\n\r\n',
    'more than one space before the HTTP version',
    'passes',
  ],
  ['junk among the headers', 'GET URL/ HTTP/1.1\r\nThis is junk\r\n\r\n', 'a header line without a colon'],
  [
    'white space in a name',
    'GET URL/ HTTP/1.1\r\nThis is: junk\r\n\r\n',
    'white space in the name of a header',
    'passes',
  ],
  ['two hosts', 'GET URL/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 'more than one Host header', 'passes'],
  ['two equal hosts', 'GET URL/ HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n', 'more than one Host header', 'passes'],
  [
    'a host that is no UTF-8',
    'GET URL/ HTTP/1.1\r\nHost: b\xfccher.test\r\n\r\n',
    'a Host that is not a valid name',
    'passes',
  ],
  ['a space in the host', 'GET URL/ HTTP/1.1\r\nHost: a b\r\n\r\n', 'a Host that is not a valid name', 'passes'],
  ['a URL as host', 'GET URL/ HTTP/1.1\r\nHost: http://a/\r\n\r\n', 'a Host that is not a valid name', 'passes'],
  [
    'an unknown coding',
    'POST URL/ HTTP/1.1\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n',
    'unknown Transfer-Encoding "x, chunked"',
    'passes',
  ],
  [
    'an empty coding',
    'POST URL/ HTTP/1.1\r\nTransfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'unknown Transfer-Encoding ", chunked"',
    'passes',
  ],
  [
    'a folded coding',
    'POST URL/ HTTP/1.1\r\nTransfer-Encoding: gzip,\r\n chunked\r\n\r\n0\r\n\r\n',
    'a folded Transfer-Encoding',
    'passes',
  ],
  ['NUL in a name', 'GET URL/ HTTP/1.1\r\nA\0: 1\r\n\r\n', 'the byte 0x00', 'passes'],
  ['no colon', 'GET URL/ HTTP/1.1\r\nA\r\n\r\n', 'a header line without a colon'],
  ['no name', 'GET URL/ HTTP/1.1\r\n: 1\r\n\r\n', 'a header without a name', 'passes'],
];

t.test('requests that allow smuggling get a 400 and are recorded', async (t) => {
  for (const [name, request, reason, lenient] of BAD_REQUESTS) {
    await t.test(name, async (t) => {
      const found = await setup(t, answering(OK));
      const { client, origin, proxy, url } = found;
      client.send(`${request.replace('URL', url)}GET ${url}/smuggled HTTP/1.1\r\n\r\n`);
      t.match(await client.whole(), /^HTTP\/1\.1 400 Bad Request\r\n/, 'and the connection is closed');
      t.equal(client.text.split('HTTP/1.1').length, 2, 'one answer');
      const { flow } = await proxy.http();
      t.equal(flow.error?.code, 'invalid-request');
      t.match(flow.error?.message, reason);
      t.equal(flow.response, undefined);
      await othersAreServed(t, found);
      await proxy.flow(2);
      t.equal(proxy.ended.length, 2);
      t.equal(origin.connections.map((wire) => wire.text).join(''), '', 'nothing goes on');
    });
    await t.test(`${name}, lenient`, async (t) => {
      const options = { validateInboundHeaders: false };
      const { client, origin, proxy, url } = await setup(t, answering(OK), { options });
      client.send(request.replace('URL', url));
      if (lenient === 'passes') {
        await client.has(OK);
        t.equal(
          origin.connections[0]!.text,
          request
            .replace(/URL/, '')
            .replace(/\r\n/, /\r\nhost:/i.test(request) ? '\r\n' : `\r\nHost: ${origin.authority}\r\n`)
            .replace(/\r\n A: 1(?=\r\n)/, '')
            .replace(/\r\n /, ' '),
        );
      } else t.match(await client.whole(), /^HTTP\/1\.1 400 /);
      t.equal((await proxy.http()).flow.error === undefined, lenient === 'passes');
    });
  }
});

t.test('a CONNECT has no content, so that it is clear where the tunnel begins', async (t) => {
  for (const fields of ['Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n', 'Content-Length: x\r\n']) {
    const { client, origin, proxy } = await setup(t, answering(OK));
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n${fields}\r\n`);
    t.match(await client.whole(), /^HTTP\/1\.1 400 /, fields);
    const { flow } = await proxy.http();
    t.equal(flow.error?.code, 'invalid-request');
    t.equal(flow.request.method, 'CONNECT');
  }
  const cases: [fields: string, validateInboundHeaders: boolean][] = [
    ['Content-Length: 0\r\n', true],
    ['Content-Length: 5\r\n', false],
  ];
  for (const [fields, validateInboundHeaders] of cases) {
    const { client, origin } = await setup(t, answering(OK), { options: { validateInboundHeaders } });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n${fields}\r\n`);
    await client.has('HTTP/1.1 200 ');
  }
});

t.test('bytes that are not a request get a response and no flow', async (t) => {
  const cases: [request: string, status: number][] = [
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['OPTIONS * HTTP/1.1\r\n\r\n', 400],
    ['GET\r\n\r\n', 400],
    ['nonsense\r\n\r\n', 400],
    ['GET http:// HTTP/1.1\r\n\r\n', 400],
    ['GET http://a:99999/ HTTP/1.1\r\n\r\n', 400],
    ['GET ftp://a/ HTTP/1.1\r\n\r\n', 400],
    ['GET http://a/ HTTP/2.0\r\n\r\n', 505],
    ['GET http://a/ HTTP/0.9\r\n\r\n', 505],
    ['GET http://a/ ICY/1.1\r\n\r\n', 400],
    ['GET  http://a/ HTTP/1.1\r\n\r\n', 400],
    ['GET http://b\xfccher.test/ HTTP/1.1\r\n\r\n', 400],
    ['GET http://a%00b/ HTTP/1.1\r\n\r\n', 400],
    ['CONNECT b\xfccher.test:443 HTTP/1.1\r\n\r\n', 400],
    ['CONNECT a\0b:443 HTTP/1.1\r\n\r\n', 400],
    ['CONNECT a HTTP/1.1\r\n\r\n', 400],
    ['\0\x01\x02\r\n\r\n', 400],
    [`GET http://${'a'.repeat(2_000_000)}`, 431],
    [`GET http://a/ HTTP/1.1\r\nA: ${'a'.repeat(3_000_000)}\r\n\r\n`, 431],
    [`GET http://a/ HTTP/1.1\r\n${'A: b\r\n'.repeat(400_000)}\r\n`, 431],
  ];
  const found = await setup(t);
  for (const [request, status] of cases) {
    const client = await found.proxy.connect();
    client.send(request);
    t.match(await client.whole(), new RegExp(`^HTTP/1.1 ${status} `), JSON.stringify(request.slice(0, 40)));
    client.end();
  }
  t.equal(found.proxy.ended.length, 0);
  await othersAreServed(t, found);
});
