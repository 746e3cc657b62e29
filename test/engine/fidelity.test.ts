import { networkInterfaces } from 'node:os';
import t, { type Test } from 'tap';
import { answering, RawOrigin, type Script } from '../support/raw-origin.js';
import { setup } from '../support/setup.js';
import { ESTABLISHED, TestProxy } from '../support/test-proxy.js';
import { until } from '../support/until.js';
import type { Wire } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

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
  ['folded lines', 'GET URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nA: 1\r\n  2\r\n\t3\r\nB: 4\r\n\r\n'],
  ['bytes beyond ASCII', 'GET URL/\xe4\xff HTTP/1.1\r\nHost: AUTHORITY\r\nA: \xc3\xa4\x80\xff\x01\x7f\r\n\r\n'],
  ['a Host that says otherwise', 'GET URL/ HTTP/1.1\r\nHost: elsewhere:1\r\n\r\n'],
  ['two Hosts', 'GET URL/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
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
    'Upgrade: h2c is taken away',
    'GET URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nA: 1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: AUTHORITY\r\nA: 1\r\n\r\n',
  ],
  ['a length', 'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\ncontent-length:5\r\n\r\nhello'],
  ['a length of nothing', 'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nContent-Length: 0\r\n\r\n'],
  ['equal lengths', 'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello'],
  ['GET with a body', 'GET URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nContent-Length: 5\r\n\r\nhello'],
  ['binary content', `POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nContent-Length: 8\r\n\r\n\0\xff\r\n\r\n\r\n`],
  [
    'chunks, their sizes and extensions',
    'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nTransfer-Encoding: Chunked\r\n\r\n005;a="b";c\r\nhello\r\n1 \r\n!\r\nA\r\n0123456789\r\n00;last\r\n\r\n',
  ],
  [
    'trailers',
    'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nTrailer: A\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\na:1\r\nB:  \xff\r\n  folded\r\nA: 2\r\n\r\n',
  ],
  [
    'two transfer codings',
    'POST URL/ HTTP/1.1\r\nHost: AUTHORITY\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
  ],
];

t.test('requests go on as they came', async (t) => {
  for (const [name, request, forwarded = request.replace(/URL/, '')] of REQUESTS) {
    await t.test(name, (t) => passes(t, request, forwarded));
  }
});

const RESPONSES: [name: string, response: string, method?: string, received?: string][] = [
  [
    'case, order, duplicates, spacing',
    'HTTP/1.1 200 OK\r\nzeta:1\r\nSET-cookie:  a \r\nset-COOKIE: b\r\nContent-length: 2\r\n\r\nok',
  ],
  ['folded lines and bytes beyond ASCII', 'HTTP/1.1 200 OK\r\nA: \xff\x80\r\n \xe4\r\nContent-Length: 2\r\n\r\nok'],
  ['no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok'],
  ['an empty reason', 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok'],
  ['an odd reason', 'HTTP/1.1 200   Fine,  thank \xfc! \r\nContent-Length: 2\r\n\r\nok'],
  ['an odd status', 'HTTP/1.1 799 x\r\nContent-Length: 2\r\n\r\nok'],
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

t.test('responses go on as they came', async (t) => {
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

t.test('what the flow shows', async (t) => {
  const { client, origin, proxy, url } = await setup(
    t,
    answering(
      'HTTP/1.1 201 Very Fine\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 2\r\n\r\n',
    ),
  );
  client.send(
    `PUT ${url}/p?q HTTP/1.1\r\nHost: other\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nS: 1\r\n\r\n`,
  );
  const { flow, requestBody, responseBody } = await proxy.http();
  t.match(flow.request, {
    method: 'PUT',
    scheme: 'http',
    host: '127.0.0.1',
    port: origin.port,
    authority: origin.authority,
    path: '/p?q',
    httpVersion: 'HTTP/1.1',
  });
  t.equal(flow.request.headers.bytes.toString(), 'Host: other\r\nTransfer-Encoding: chunked\r\n');
  t.equal(flow.request.trailers?.bytes.toString(), 'S: 1\r\n');
  t.same([requestBody, responseBody], ['hello', 'abcde']);
  t.match(flow.response, { statusCode: 201, reason: 'Very Fine', httpVersion: 'HTTP/1.1' });
  t.equal(flow.response?.headers.bytes.toString(), 'Transfer-Encoding: chunked\r\nX: 1\r\n');
  t.equal(flow.response?.trailers?.bytes.toString(), 'T: 2\r\n');
  t.same([flow.request.changed, flow.response?.changed, flow.error], [false, false, undefined]);
  t.same([flow.request.body.complete, flow.response?.body.complete], [true, true]);
  const { request, response, server } = flow;
  const times = [flow.timestampCreated, request.timestampEnd!, response!.timestampStart, response!.timestampEnd!];
  t.same(times, times.toSorted(), 'times in order');
  t.ok(request.timestampStart > 1.6e9 && flow.client.timestampStart <= request.timestampStart);
  t.ok(server.timestampStart <= server.timestampTcpSetup! && server.timestampTcpSetup! <= response!.timestampStart);
  t.same(server.address, ['127.0.0.1', origin.port]);
  t.same(server.peer, ['127.0.0.1', origin.port]);
  t.same(flow.client.local, ['127.0.0.1', proxy.port]);
});

t.test('a connection serves many requests, and so does one to the server', async (t) => {
  const answers = [1, 2, 3, 4].map((at) => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${at}`);
  const { client, origin, proxy, url } = await setup(t, answering(...answers));
  for (const [at, answer] of answers.entries()) {
    client.send(`GET ${url}/${at} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.has(answer);
  }
  t.equal(client.text, answers.join(''));
  t.equal(origin.connections.length, 1);
  const ended = [];
  for (const count of [1, 2, 3, 4]) ended.push(await proxy.http(count));
  t.equal(new Set(ended.map(({ flow }) => flow.server.id)).size, 1);
  t.equal(new Set(ended.map(({ flow }) => flow.id)).size, 4);
});

t.test('each destination has a connection of its own, which is used again', async (t) => {
  const servers = [await RawOrigin.start(t, answering(OK, OK)), await RawOrigin.start(t, answering(OK, OK))];
  const proxy = await TestProxy.start(t);
  const client = await proxy.connect();
  for (const at of [0, 1, 0, 1]) {
    const before = client.size;
    client.send(`GET http://${servers[at]!.authority}/ HTTP/1.1\r\n\r\n`);
    await client.hasBytes(before + OK.length);
  }
  t.same(
    servers.map(({ connections }) => connections.length),
    [1, 1],
  );
  const other = await proxy.connect();
  other.send(`GET http://${servers[0]!.authority}/ HTTP/1.1\r\n\r\n`);
  await other.has(OK);
  t.equal(servers[0]!.connections.length, 2, 'clients do not share connections');
});

t.test('pipelined requests are answered in order', async (t) => {
  for (const size of [1_000_000, 50, 1]) {
    await t.test(`${size} bytes at a time`, async (t) => {
      const { client, proxy, url } = await setup(t, async (wire) => {
        // Answers to odd requests take longer.
        for (let at = 0; at < 5; at++) {
          await wire.has(`GET /${at} `);
          for (let turn = 0; turn < (at % 2) * 50; turn++) await new Promise((resolve) => setImmediate(resolve));
          wire.send(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${at}`);
        }
      });
      let requests = '';
      for (let at = 0; at < 5; at++) {
        requests +=
          at % 2 ? `GET ${url}/${at} HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc` : `GET ${url}/${at} HTTP/1.1\r\n\r\n`;
      }
      for (let at = 0; at < requests.length; at += size) client.send(requests.slice(at, at + size));
      await client.has('Content-Length', 5);
      await client.hasBytes(5 * 39);
      t.equal(client.text.replace(/HTTP.*\r\n.*\r\n\r\n/g, ''), '01234');
      await proxy.flow(5);
      t.same(
        proxy.ended.map(({ requestBody }) => requestBody),
        ['', 'abc', '', 'abc', ''],
      );
    });
  }
});

t.test('pipelined requests of a client that has ended its side are all answered', async (t) => {
  const { client, proxy, url } = await setup(t, answering(OK, OK, OK));
  client.end(`GET ${url}/0 HTTP/1.1\r\n\r\n`.repeat(3));
  t.equal(await client.whole(), OK.repeat(3));
  await proxy.flow(3);
  t.same(
    proxy.ended.map(({ flow }) => flow.error),
    [undefined, undefined, undefined],
  );
});

t.test('connections that are not to go on', async (t) => {
  const cases: [name: string, request: string, response: string][] = [
    ['the client says so', 'GET URL/ HTTP/1.1\r\nConnection: close\r\n\r\n', OK],
    [
      'the server says so',
      'GET URL/ HTTP/1.1\r\n\r\n',
      'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok',
    ],
    ['HTTP/1.0', 'GET URL/ HTTP/1.0\r\n\r\n', OK],
    ['a server that speaks HTTP/1.0', 'GET URL/ HTTP/1.1\r\n\r\n', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ];
  for (const [name, request, response] of cases) {
    await t.test(name, async (t) => {
      const { client, origin, url } = await setup(t, answering(response));
      client.send(request.replace('URL', url));
      t.equal(await client.whole(), response);
      client.end();
      t.equal(await client.over(), 'end');
      t.match(await (await origin.connection()).whole(), /\r\n\r\n$/, 'the connection to the server has ended');
    });
  }
});

t.test('HTTP/1.0 connections that are to go on', async (t) => {
  const answer = 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok';
  const { client, origin, url } = await setup(t, answering(answer, answer));
  for (const count of [1, 2]) {
    client.send(`GET ${url}/ HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n`);
    await client.hasBytes(count * answer.length);
  }
  t.equal(origin.connections.length, 1);
});

t.test('Expect: 100-continue is the business of the server', async (t) => {
  await t.test('that wants the body', async (t) => {
    const { client, origin, proxy, url } = await setup(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send('HTTP/1.1 100 Go on\r\nA:1\r\n\r\n');
      await wire.has('hello');
      wire.send(OK);
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    await client.has('\r\n\r\n');
    t.equal(client.text, 'HTTP/1.1 100 Go on\r\nA:1\r\n\r\n');
    client.send('hello');
    await client.has(OK);
    t.equal(client.text, `HTTP/1.1 100 Go on\r\nA:1\r\n\r\n${OK}`);
    t.match((await origin.connection()).text, 'Expect: 100-continue\r\n');
    const { flow, requestBody } = await proxy.http();
    t.equal(requestBody, 'hello');
    t.equal(flow.response?.statusCode, 200);
  });

  await t.test('that does not want it', async (t) => {
    const refusal = 'HTTP/1.1 417 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
    const { client, proxy, url } = await setup(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.end(refusal);
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    t.equal(await client.whole(), refusal);
    const { flow } = await proxy.http();
    t.same([flow.response?.statusCode, flow.request.body.complete], [417, false]);
  });
});

t.test('a final response while the request is still going up goes on at once', async (t) => {
  await t.test('from a server that keeps the connection', async (t) => {
    const { client, origin, proxy, url } = await setup(t, async (wire) => {
      await wire.has('begin');
      wire.send(OK);
      await wire.has('end');
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nbegin`);
    await client.has(OK);
    t.equal(proxy.ended.length, 0, 'the flow goes on');
    client.send('end');
    const { flow, requestBody } = await proxy.http();
    t.same([requestBody, flow.request.body.complete, flow.error], ['beginend', true, undefined]);
    client.send(`GET ${url}/again HTTP/1.1\r\n\r\n`);
    await (await origin.connection()).has('GET /again');
  });

  await t.test('from a server that closes it', async (t) => {
    const refusal = 'HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno';
    const { client, proxy, url } = await setup(t, async (wire) => {
      await wire.has('begin');
      wire.end(refusal);
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nbegin`);
    await client.whole();
    t.equal(client.text, refusal);
    client.send('more that nobody reads');
    const { flow, requestBody } = await proxy.http();
    t.same([requestBody, flow.request.body.complete, flow.response?.statusCode], ['begin', false, 413]);
  });
});

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const SWITCHING = `HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nConnection:Upgrade\r\n\r\n`;

t.test('an upgraded connection is a tunnel on an open flow', async (t) => {
  const { client, origin, proxy, url } = await setup(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send(`${SWITCHING}\x81early`);
    await wire.has('ping');
    wire.send('pong');
    await wire.until(() => wire.ended, 'the end of the client');
    wire.end('bye');
  });
  client.send(`GET ${url}/ws HTTP/1.1\r\nHost: a\r\n${UPGRADE}\x82behind`);
  await client.has('early');
  t.equal(proxy.ended.length, 0, 'the flow is open');
  client.send('ping');
  await client.has('pong');
  client.end();
  t.equal(await client.whole(), `${SWITCHING}\x81earlypongbye`);
  t.equal((await origin.connection()).text, `GET /ws HTTP/1.1\r\nHost: a\r\n${UPGRADE}\x82behindping`);
  const { flow, messages } = await proxy.http();
  t.equal(flow.response?.statusCode, 101);
  t.equal(flow.error, undefined);
  const said = (from: string) =>
    messages
      .filter((line) => line.startsWith(from))
      .map((line) => line.slice(2))
      .join('');
  t.equal(said('>'), '\x82behindping');
  t.equal(said('<'), '\x81earlypongbye');
});

t.test('an upgrade whose client sends all it has and ends', async (t) => {
  const { client, origin, proxy, url } = await setup(t, async (wire) => {
    await wire.until(() => wire.text.includes('\r\n\r\n'), 'the head');
    wire.send(SWITCHING);
    await wire.until(() => wire.ended, 'the end');
    wire.end('answer');
  });
  client.end(`GET ${url}/ws HTTP/1.1\r\n${UPGRADE}all`);
  t.equal(await client.whole(), `${SWITCHING}answer`);
  t.match((await origin.connection()).text, /all$/);
  t.same((await proxy.http()).messages, ['> all', '< answer']);
});

t.test('an upgrade that the server declines is an exchange like others', async (t) => {
  const { client, origin, url } = await setup(t, answering(OK, OK));
  for (const count of [1, 2]) {
    client.send(`GET ${url}/ws HTTP/1.1\r\n${UPGRADE}`);
    await client.hasBytes(count * OK.length);
  }
  t.equal(client.text, OK + OK);
  t.equal(origin.connections.length, 1);
});

t.test('CONNECT', async (t) => {
  await t.test('with HTTP inside', async (t) => {
    const { client, origin, proxy } = await setup(t, answering(OK, OK));
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.has(ESTABLISHED);
    t.equal(client.text, ESTABLISHED);
    const request = `GET /in%20side HTTP/1.1\r\nhost:x\r\nA: \xff\r\n\r\n`;
    for (const count of [1, 2]) {
      client.send(request);
      await client.has(OK, count);
    }
    t.equal((await origin.connection()).text, request + request);
    t.equal(origin.connections.length, 1);
    const { flow } = await proxy.http(2);
    t.match(flow.request, {
      method: 'GET',
      scheme: 'http',
      host: '127.0.0.1',
      port: origin.port,
      path: '/in%20side',
      authority: '',
    });
    t.equal(proxy.ended.length, 2, 'the CONNECT that worked is no flow');
  });

  await t.test('with HTTP in the same packet', async (t) => {
    const { client, origin, proxy } = await setup(t, answering(OK));
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\n`);
    await client.has(OK);
    t.equal(client.text, ESTABLISHED + OK);
    t.equal((await proxy.http()).flow.request.path, '/x');
  });

  await t.test('with all that is to come, and the end, in the same packet', async (t) => {
    const { client, origin, proxy } = await setup(t, async (wire) => {
      await wire.until(() => wire.ended, 'the end');
      wire.end('answer');
    });
    client.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0other`);
    t.equal(await client.whole(), `${ESTABLISHED}answer`);
    t.equal((await origin.connection()).text, '\0other');
    t.same((await proxy.tcp()).messages, ['> \0other', '< answer']);
  });

  await t.test('with HTTP and the end in the same packet', async (t) => {
    const { client, origin, proxy } = await setup(t, answering(OK));
    client.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\n`);
    t.equal(await client.whole(), ESTABLISHED + OK);
    t.equal((await proxy.http()).flow.error, undefined);
    t.equal(origin.connections.length, 1);
  });

  await t.test('with something else inside', async (t) => {
    const { client, origin, proxy } = await setup(t, async (wire) => {
      await wire.has('ping');
      wire.send('pong');
      await wire.until(() => wire.ended, 'the end of the client');
      wire.end('bye');
    });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.has(ESTABLISHED);
    client.send('\0ping');
    await client.has('pong');
    client.end('\xfflast');
    t.equal(await client.whole(), `${ESTABLISHED}pongbye`);
    t.equal((await origin.connection()).text, '\0ping\xfflast');
    const { flow, messages } = await proxy.tcp();
    t.same(messages, ['> \0ping', '< pong', '> \xfflast', '< bye']);
    t.same(flow.server.address, ['127.0.0.1', origin.port]);
    t.equal(flow.error, undefined);
  });

  await t.test('to a server that speaks first', async (t) => {
    const { client, origin, proxy } = await setup(t, async (wire) => {
      wire.send('220 hello\r\n');
      await wire.has('QUIT\r\n');
      wire.end('221 bye\r\n');
    });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.has('220 hello\r\n');
    client.send('QUIT\r\n');
    t.equal(await client.whole(), `${ESTABLISHED}220 hello\r\n221 bye\r\n`);
    client.end();
    t.same((await proxy.tcp()).messages, ['< 220 hello\r\n', '> QUIT\r\n', '< 221 bye\r\n']);
  });

  await t.test('to a server that ends its side before anybody has said anything', async (t) => {
    const { client, origin, proxy } = await setup(t, (wire) => wire.end());
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    t.equal(await client.whole(), ESTABLISHED);
    client.end('late');
    await (await origin.connection()).has('late');
    t.same((await proxy.tcp()).messages, ['> late']);
  });

  await t.test('by a client that leaves without a word', async (t) => {
    const { client, origin, proxy } = await setup(t);
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.has(ESTABLISHED);
    client.end();
    t.equal(await (await origin.connection()).whole(), '');
    t.equal(await client.over(), 'end');
    t.equal(proxy.ended.length, 0, 'no flow');
    const other = await proxy.connect();
    other.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    t.equal(await other.over(), 'end', 'with the end in the same packet');
    t.equal(await (await origin.connection(1)).whole(), '');
  });

  await t.test('lazily', async (t) => {
    const { client, origin, proxy } = await setup(t, answering(OK), { options: { connectionStrategy: 'lazy' } });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.has(ESTABLISHED);
    t.equal(origin.connections.length, 0);
    client.send('GET / HTTP/1.1\r\n\r\n');
    await client.has(OK);
    await proxy.flow();
    const other = await proxy.tunnel(origin.authority);
    other.end('\0x');
    t.same((await origin.connection(1)).text, '\0x');
  });
});

t.test('half a connection stays open, whichever half', async (t) => {
  await t.test('the client ends first', async (t) => {
    const { client, origin } = await setup(t, async (wire) => {
      await wire.until(() => wire.ended, 'the end of the client');
      for (let count = 0; count < 3; count++) wire.send('more ');
      wire.end();
    });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.has(ESTABLISHED);
    client.end('\0');
    t.equal(await client.whole(), `${ESTABLISHED}more more more `);
  });

  await t.test('the server ends first', async (t) => {
    const { client, origin, proxy } = await setup(t, (wire) => wire.end('first'));
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    await client.whole();
    const server = await origin.connection();
    for (let count = 1; count <= 3; count++) {
      client.send('more ');
      await server.has('more ', count);
    }
    client.end();
    t.equal(await server.whole(), 'more more more ');
    t.equal((await proxy.tcp()).flow.error, undefined);
  });
});

const withoutIpv6 = !Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

t.test('IPv6 literals', { skip: withoutIpv6 && 'no IPv6 here' }, async (t) => {
  const origin = await RawOrigin.start(t, answering(OK, OK), '::1');
  const proxy = await TestProxy.start(t);
  const client = await proxy.connect();
  client.send(`GET http://[::1]:${origin.port}/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`);
  await client.has(OK);
  t.equal(
    (await origin.connection()).text,
    `GET /x HTTP/1.0\r\nHost: [::1]:${origin.port}\r\nConnection: keep-alive\r\n\r\n`,
  );
  const { flow } = await proxy.http();
  t.same(
    [flow.request.host, flow.request.url, flow.server.peer],
    ['::1', `http://[::1]:${origin.port}/x`, ['::1', origin.port]],
  );
  const tunnel = await proxy.tunnel(`[::1]:${origin.port}`);
  tunnel.send('GET / HTTP/1.1\r\n\r\n');
  await tunnel.has(OK);
});

/** Bytes of which each place can be told from others. */
function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(at, at);
  return bytes;
}

t.test('10 MB both ways at once', async (t) => {
  const size = 10_000_000;
  const up = pattern(size);
  const down = pattern(size).reverse();
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`;
  const { client, origin, proxy, url } = await setup(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send(head);
    wire.send(down);
  });
  client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: ${size}\r\n\r\n`);
  client.send(up);
  await client.hasBytes(head.length + size);
  const { flow, requestBody, responseBody } = await proxy.http();
  const server = await origin.connection();
  t.ok(server.bytes.subarray(-size).equals(up), 'what the origin got');
  t.ok(client.bytes.subarray(head.length).equals(down), 'what the client got');
  t.ok(
    Buffer.from(requestBody!, 'latin1').equals(up) && Buffer.from(responseBody!, 'latin1').equals(down),
    'what was kept',
  );
  t.equal(flow.error, undefined);
});

t.test('a receiver that does not read keeps its sender waiting, not the proxy growing', async (t) => {
  const size = 60_000_000;
  const chunk = Buffer.alloc(1_000_000);
  const flood = async (wire: Wire): Promise<void> => {
    for (let sent = 0; sent < size && !wire.closed; sent += chunk.length) {
      if (!wire.socket.write(chunk)) {
        await new Promise<void>((resolve) => {
          const goOn = (): void => {
            wire.socket.off('drain', goOn).off('close', goOn);
            resolve();
          };
          wire.socket.on('drain', goOn).on('close', goOn);
        });
      }
    }
  };
  /** Bytes that the kernel has taken from the sender when it takes no more. */
  const stuckAt = async (wire: Wire): Promise<number> => {
    let before = -1;
    let turns = 0;
    await until(() => {
      const { bytesWritten, writableLength } = wire.socket;
      if (bytesWritten - writableLength === before && writableLength > 0) turns++;
      else turns = 0;
      before = bytesWritten - writableLength;
      return turns > 50 || before >= size;
    }, 'the sender to be stuck');
    return before;
  };
  const cases: [name: string, tunnelled: boolean, down: boolean][] = [
    ['a response', false, true],
    ['a request', false, false],
    ['a tunnel, from the server', true, true],
    ['a tunnel, from the client', true, false],
  ];
  for (const [name, tunnelled, down] of cases) {
    await t.test(name, async (t) => {
      const script: Script = async (wire) => {
        if (!down) return void wire.socket.pause();
        if (!tunnelled) {
          await wire.has('\r\n\r\n');
          wire.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
        }
        await flood(wire);
      };
      const { client, origin, proxy, url } = await setup(t, script, { keepBodies: false });
      if (tunnelled) {
        client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
        await client.has(ESTABLISHED);
      }
      if (down) client.socket.pause();
      if (!tunnelled) client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: ${down ? 0 : size}\r\n\r\n`);
      const server = await origin.connection();
      const before = process.memoryUsage().arrayBuffers;
      if (!down) flood(client);
      const stuck = await stuckAt(down ? server : client);
      t.ok(stuck < size, `${stuck} bytes were taken`);
      const grown = process.memoryUsage().arrayBuffers - before;
      t.ok(grown < 8_000_000, `${grown} bytes of memory`);
      const receiver = down ? client : server;
      receiver.socket.resume();
      await receiver.until(() => receiver.size >= size, 'all of it, once it reads');
      if (tunnelled) client.end();
      if (tunnelled) server.end();
      if (!tunnelled && !down) server.send(OK);
      t.equal((await proxy.flow()).flow.error, undefined);
    });
  }
});
