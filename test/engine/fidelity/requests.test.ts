import t, { type Test } from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';

/** Sends a request as it stands (`URL` becomes the origin's), and expects that the origin got and the client gets just this. */
async function passes(t: Test, request: string, forwarded: string, response = OK, received = response): Promise<void> {
  const { client, origin, proxy, url } = await setup(t, async (wire) => {
    await wire.until(() => wire.size >= forwarded.replaceAll('AUTHORITY', origin.authority).length, 'the request');
    wire.send(response);
    if (!/content-length|chunked/i.test(response)) wire.end();
  });
  client.send(request.replaceAll('URL', url).replaceAll('AUTHORITY', origin.authority));
  await client.hasBytes(received.length);
  await proxy.flow();
  t.equal((await origin.connection()).text, forwarded.replaceAll('AUTHORITY', origin.authority), 'what the origin got');
  t.equal(client.text, received, 'what the client got');
}

const REQUESTS: [name: string, request: string, forwarded?: string][] = [
  [
    'case, order, duplicates',
    'GET URL/ HTTP/1.1\r\nzeta: 1\r\nhOsT: AUTHORITY\r\nAlpha: 2\r\nZETA: 3\r\nCookie: a\r\nCookie: b\r\n\r\n',
  ],
  ['odd spacing', 'GET URL/ HTTP/1.1\r\nHost:AUTHORITY\r\nA:   1\r\nB:\t2 \t\r\nC:\r\nD: \r\n\r\n'],
  [
    'folded lines are unfolded',
    'GET URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nA: 1\r\n  2\r\n\t3\r\nB: 4\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: AUTHORITY\r\nA: 1 2 3\r\nB: 4\r\n\r\n',
  ],
  ['a Host in UTF-8', 'GET URL/ HTTP/1.1\r\nHost: b\xc3\xbccher.test\r\n\r\n'],
  ['bytes beyond ASCII', 'GET URL/\xe4\xff HTTP/1.1\r\nHost: AUTHORITY\r\nA: \xc3\xa4\x80\xff\x01\x7f\r\n\r\n'],
  ['a Host that says otherwise', 'GET URL/ HTTP/1.1\r\nHost: elsewhere:1\r\n\r\n'],
  ['HTTP/1.0', 'GET URL/ HTTP/1.0\r\nHost: AUTHORITY\r\n\r\n'],
  ['HTTP/1.2', 'GET URL/ HTTP/1.2\r\nHost: AUTHORITY\r\n\r\n'],
  ['an unknown method', "M-SEARCH!#$%&'*+.^_`|~ URL/ HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n"],
  ['a method in lower case', 'get URL/ HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n'],
  [
    'odd characters in the target',
    'GET URL/a//b/../c;d%20%zz?x=<>"{}|\\^`[]&http://e/#frag HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n',
  ],
  [
    'a query without a path',
    'GET URL?q HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n',
    'GET /?q HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n',
  ],
  ['no path', 'GET URL HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n', 'GET / HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n'],
  [
    'OPTIONS of the server',
    'OPTIONS URL HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n',
  ],
  [
    'user information',
    'GET http://u:p@AUTHORITY/x HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n',
    'GET /x HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n',
  ],
  ['no Host', 'GET URL/x HTTP/1.0\r\nA:1\r\n\r\n', 'GET /x HTTP/1.0\r\nHost: AUTHORITY\r\nA:1\r\n\r\n'],
  [
    'bare LFs, mended',
    'GET URL/x HTTP/1.1\nHost: AUTHORITY\nA: 1\n\n',
    'GET /x HTTP/1.1\r\nHost: AUTHORITY\r\nA: 1\r\n\r\n',
  ],
  [
    'empty lines before',
    '\r\n\r\nGET URL/x HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n',
    'GET /x HTTP/1.1\r\nHost: AUTHORITY\r\n\r\n',
  ],
  [
    'Proxy-* alone is taken away',
    'GET URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nA:1\r\nProxy-Connection: keep-alive\r\nproxy-authorization: x\r\n y\r\nProxy-Ab: z\r\nConnection: Keep-Alive, TE\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nVia: 1.1 x\r\nX-Proxy: 1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: AUTHORITY\r\nA:1\r\nConnection: Keep-Alive, TE\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nVia: 1.1 x\r\nX-Proxy: 1\r\n\r\n',
  ],
  [
    'Upgrade: h2c without valid settings is taken away',
    'GET URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAA\r\nA: 1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: AUTHORITY\r\nA: 1\r\n\r\n',
  ],
  ['a length', 'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\ncontent-length:5\r\n\r\nhello'],
  ['a length of nothing', 'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nContent-Length: 0\r\n\r\n'],
  [
    'equal lengths become one',
    'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\ncontent-LENGTH:5\r\nA: 1\r\nContent-Length: 5 \r\n\r\nhello',
    'POST / HTTP/1.1\r\nHost: AUTHORITY\r\ncontent-LENGTH:5\r\nA: 1\r\n\r\nhello',
  ],
  ['GET with a body', 'GET URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nContent-Length: 5\r\n\r\nhello'],
  ['binary content', `POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nContent-Length: 8\r\n\r\n\0\xff\r\n\r\n\r\n`],
  [
    'chunks, their sizes and extensions',
    'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nTransfer-Encoding: Chunked\r\n\r\n005;a="b";c\r\nhello\r\n1 \r\n!\r\nA\r\n0123456789\r\n00;last\r\n\r\n',
  ],
  [
    'trailers',
    'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nTrailer: A\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\na:1\r\nB:  \xff\r\n  folded\r\nA: 2\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: AUTHORITY\r\nTrailer: A\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\na:1\r\nB:  \xff folded\r\nA: 2\r\n\r\n',
  ],
  [
    'two transfer codings',
    'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
  ],
];

t.test('requests are forwarded byte for byte', async (t) => {
  for (const [name, request, forwarded = request.replace(/URL/, '')] of REQUESTS) {
    await t.test(name, (t) => passes(t, request, forwarded));
  }
});

const RESPONSES: [name: string, response: string, method?: string, received?: string][] = [
  [
    'case, order, duplicates, spacing',
    'HTTP/1.1 200 OK\r\nzeta:1\r\nSET-cookie:  a \r\nset-COOKIE: b\r\nContent-length: 2\r\n\r\nok',
  ],
  [
    'folded lines and bytes beyond ASCII',
    'HTTP/1.1 200 OK\r\nA: \xff\x80\r\n \xe4\r\nContent-Length: 2\r\n\r\nok',
    'GET',
    'HTTP/1.1 200 OK\r\nA: \xff\x80 \xe4\r\nContent-Length: 2\r\n\r\nok',
  ],
  [
    'equal lengths become one',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCONTENT-LENGTH: 2\r\n\r\nok',
    'GET',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  ],
  ['no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok'],
  ['an empty reason', 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok'],
  ['an odd reason', 'HTTP/1.1 200   Fine,  thank \xfc! \r\nContent-Length: 2\r\n\r\nok'],
  ['an odd status', 'HTTP/1.1 799 x\r\nContent-Length: 2\r\n\r\nok'],
  ['several spaces before the status', 'HTTP/1.1   200 OK\r\nContent-Length: 2\r\n\r\nok'],
  [
    'white space before colons is removed',
    'HTTP/1.1 200 OK\r\nA \t: 1 :2\r\nB:  3\r\n D : 4\r\nTransfer-Encoding : chunked\r\nE\t:\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'GET',
    'HTTP/1.1 200 OK\r\nA: 1 :2\r\nB:  3 D : 4\r\nTransfer-Encoding: chunked\r\nE:\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  ],
  ['HTTP/1.0 with a length', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ['HTTP/1.0 until the end', 'HTTP/1.0 200 OK\r\n\r\nuntil the end'],
  ['until the end', 'HTTP/1.1 200 OK\r\nA: 1\r\n\r\nuntil\r\n\r\nthe end'],
  ['until the end, and nothing', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'],
  ['another transfer coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n\x1f\x8b'],
  [
    'chunks and extensions',
    'HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: chunked\r\n\r\n02;a=b\r\nok\r\n1\t\r\n!\r\n0\r\n\r\n',
  ],
  ['trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nz:1\r\nA:  2\r\n\r\n'],
  ['a length of nothing', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['HEAD with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n', 'HEAD'],
  ['HEAD with chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'HEAD'],
  ['204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 1234\r\n\r\n'],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n'],
  ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: "x"\r\n\r\n'],
  ...['204 No Content', '304 Not Modified'].map((status): [string, string, string, string] => [
    `${status.slice(0, 3)} in chunks`,
    `HTTP/1.1 ${status}\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'GET',
    `HTTP/1.1 ${status}\r\nA: 1\r\n\r\n`,
  ]),
  [
    '103 with a coding',
    `HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n${OK}`,
    'GET',
    `HTTP/1.1 103 Early Hints\r\n\r\n${OK}`,
  ],
  [
    '103 and 102 before',
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nlink:</b>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${OK}`,
  ],
  ['100 without being asked', `HTTP/1.1 100\r\n\r\n${OK}`],
  ['an unknown 1xx', `HTTP/1.1 199 Hm\r\nA:1\r\n\r\n${OK}`],
  [
    'Proxy-* alone is taken away',
    'HTTP/1.1 200 OK\r\nA:1\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\nProxy-Xy: 1\r\nVia:x\r\n\r\nok',
    'GET',
    'HTTP/1.1 200 OK\r\nA:1\r\nContent-Length: 2\r\nVia:x\r\n\r\nok',
  ],
  [
    'Proxy-* in 103',
    `HTTP/1.1 103 Early Hints\r\nA:1\r\nProxy-B: 2\r\n\r\n${OK}`,
    'GET',
    `HTTP/1.1 103 Early Hints\r\nA:1\r\n\r\n${OK}`,
  ],
  [
    'bare LFs, mended',
    'HTTP/1.1 200 OK\nA: 1\nContent-Length: 2\n\nok',
    'GET',
    'HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 2\r\n\r\nok',
  ],
  [
    'Upgrade that is only offered',
    'HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nok',
  ],
];

t.test('responses are forwarded byte for byte', async (t) => {
  for (const [name, response, method = 'GET', received = response] of RESPONSES) {
    await t.test(name, (t) =>
      passes(
        t,
        `${method} URL/ HTTP/1.1\r\nHost: a\r\n\r\n`,
        `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`,
        response,
        received,
      ),
    );
  }
});

t.test('HTTP/1.0 clients get no interim responses', (t) =>
  passes(
    t,
    'GET URL/ HTTP/1.0\r\nHost: a\r\n\r\n',
    'GET / HTTP/1.0\r\nHost: a\r\n\r\n',
    `HTTP/1.1 103 Early Hints\r\n\r\n${OK}`,
    OK,
  ),
);

t.test('a chunked response of which an addon makes a 204 has no coding', async (t) => {
  for (const hook of ['responseHeaders', 'response'] as const) {
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
    const change = ({ response }: HttpFlow) => {
      response!.statusCode = 204;
    };
    const { client, url } = await setup(t, answering(chunked), { addons: [{ [hook]: change }] });
    client.send(`GET ${url}/ HTTP/1.1\r\nConnection: close\r\n\r\n`);
    t.equal(await client.whole(), 'HTTP/1.1 204 No Content\r\n\r\n', hook);
  }
});

t.test('a 101 is forwarded without a coding', async (t) => {
  const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n';
  const { client, url } = await setup(t, answering(`${head}Transfer-Encoding: chunked\r\n\r\n`));
  client.send(`GET ${url}/ HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n`);
  await client.has('\r\n\r\n');
  t.equal(client.text, `${head}\r\n`);
});
