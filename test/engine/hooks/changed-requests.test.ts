import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { OK, RawOrigin } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { type Change, counting, through } from './support.js';

const POST = 'POST URL/p HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\nA:1\r\n\r\nhello';

const CHUNKED_POST =
  'POST URL/p HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: chunked\r\nA:1\r\n\r\n2;x\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n';

t.test('a held request without changes is forwarded byte for byte', async (t) => {
  const request: Change = async (flow) => {
    t.equal(await flow.request.body.text(), 'hello');
    t.equal(flow.request.body.complete, true);
  };
  for (const hook of [request, (flow: HttpFlow) => request(flow)]) {
    const { sent } = await through(t, { request: hook }, POST);
    t.equal(sent, 'POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\nA:1\r\n\r\nhello');
    const chunked = await through(t, { request: hook }, CHUNKED_POST);
    t.equal(
      chunked.sent,
      'POST /p HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: chunked\r\nA:1\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n',
      'as one chunk',
    );
  }
  const empty = await through(t, { request: () => {} }, 'GET URL/p HTTP/1.1\r\nhost: h\r\n\r\n');
  t.equal(empty.sent, 'GET /p HTTP/1.1\r\nhost: h\r\n\r\n', 'no length is made up');
});

t.test('a request is changed', async (t) => {
  const body = 'content-length: 5\r\nA:1\r\n\r\nhello';
  const cases: [name: string, hook: 'requestHeaders' | 'request', change: Change, sent: string, request?: string][] = [
    [
      'method',
      'requestHeaders',
      (flow) => {
        flow.request.method = 'put';
      },
      `put /p HTTP/1.1\r\nhost: h\r\n${body}`,
    ],
    [
      'method, held',
      'request',
      (flow) => {
        flow.request.method = 'put';
      },
      `put /p HTTP/1.1\r\nhost: h\r\n${body}`,
    ],
    [
      'path',
      'requestHeaders',
      (flow) => {
        flow.request.path = '/q?\xe4';
      },
      `POST /q?\xe4 HTTP/1.1\r\nhost: h\r\n${body}`,
    ],
    [
      'a header',
      'requestHeaders',
      (flow) => flow.request.headers.set('HOST', 'i'),
      'POST /p HTTP/1.1\r\nhost: i\r\ncontent-length: 5\r\nA:1\r\n\r\nhello',
    ],
    [
      'a length that is not true',
      'requestHeaders',
      (flow) => flow.request.headers.set('Content-Length', '9'),
      'POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\nA:1\r\n\r\nhello',
    ],
    [
      'chunks without their header',
      'requestHeaders',
      (flow) => void flow.request.headers.delete('transfer-encoding'),
      'POST /p HTTP/1.1\r\nhost: h\r\nA:1\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n',
      CHUNKED_POST,
    ],
    [
      'text',
      'request',
      (flow) => flow.request.body.set('Grüße'),
      'POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 7\r\nA:1\r\n\r\nGr\xc3\xbc\xc3\x9fe',
    ],
    [
      'text, early',
      'requestHeaders',
      (flow) => flow.request.body.set('early'),
      'POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\nA:1\r\n\r\nearly',
    ],
    [
      'no text',
      'request',
      (flow) => flow.request.body.set(''),
      'POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\nA:1\r\n\r\n',
    ],
    [
      'text where there was none',
      'request',
      (flow) => flow.request.body.set('new'),
      'GET /p HTTP/1.1\r\nhost: h\r\nContent-Length: 3\r\n\r\nnew',
      'GET URL/p HTTP/1.1\r\nhost: h\r\n\r\n',
    ],
    [
      'text in chunks',
      'request',
      (flow) => flow.request.body.set('new'),
      'POST /p HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: chunked\r\nA:1\r\n\r\n3\r\nnew\r\n0\r\nT: 1\r\n\r\n',
      CHUNKED_POST,
    ],
    [
      'no text in chunks',
      'request',
      (flow) => flow.request.body.set(''),
      'POST /p HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: chunked\r\nA:1\r\n\r\n0\r\nT: 1\r\n\r\n',
      CHUNKED_POST,
    ],
    [
      'trailers',
      'request',
      (flow) => flow.request.trailers?.set('T', '2'),
      'POST /p HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: chunked\r\nA:1\r\n\r\n5\r\nhello\r\n0\r\nT: 2\r\n\r\n',
      CHUNKED_POST,
    ],
    [
      'trailers where there were none, not held',
      'requestHeaders',
      (flow) => {
        flow.request.trailers = Headers.from({ T: '2' });
      },
      'POST /p HTTP/1.1\r\nhost: h\r\nA:1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 2\r\n\r\n',
    ],
    [
      'trailers where there were none',
      'request',
      (flow) => {
        flow.request.trailers = Headers.from({ T: '2' });
      },
      'POST /p HTTP/1.1\r\nhost: h\r\nA:1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 2\r\n\r\n',
    ],
    [
      'no more chunks',
      'request',
      (flow) => void flow.request.headers.delete('transfer-encoding'),
      'POST /p HTTP/1.1\r\nhost: h\r\nA:1\r\nContent-Length: 5\r\n\r\nhello',
      CHUNKED_POST,
    ],
  ];
  for (const [name, hook, change, sent, request = POST] of cases) {
    await t.test(name, async (t) => {
      const found = await through(t, { [hook]: change }, request);
      t.equal(found.sent, sent);
      t.equal(found.got, OK);
      t.equal((await found.proxy.http()).flow.request.changed, true);
    });
  }
});

t.test('a method changed by an addon does not change the framing towards the client', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';
  for (const hook of ['requestHeaders', 'request'] as const) {
    const toGet = await through(
      t,
      {
        [hook]: (flow: HttpFlow) => {
          flow.request.method = 'GET';
        },
      },
      'HEAD URL/ HTTP/1.1\r\n\r\n',
    );
    t.equal(toGet.got, head, 'HEAD gets no body, although the server sent one');
    t.equal((await toGet.proxy.http()).responseBody, 'ok');
    const toHead = await through(
      t,
      {
        [hook]: (flow: HttpFlow) => {
          flow.request.method = 'HEAD';
        },
      },
      'GET URL/ HTTP/1.1\r\n\r\n',
      head,
    );
    t.equal(toHead.got, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  }
});

t.test('the request goes to another server', async (t) => {
  const other = await RawOrigin.start(t, counting(OK));
  const redirect: Change = ({ request }) => {
    request.host = 'localhost';
    request.port = other.port;
  };
  for (const hook of ['requestHeaders', 'request'] as const) {
    await t.test(hook, async (t) => {
      const before = other.connections.length;
      const { client, origin, proxy, url } = await setup(t, counting(OK), { addons: [{ [hook]: redirect }] });
      for (const count of [1, 2, 3]) {
        client.send(`GET ${url}/${count} HTTP/1.1\r\nHost: ${origin.authority}\r\n\r\n`);
        await client.has(OK, count);
      }
      t.equal(origin.connections.length, 0);
      t.equal(other.connections.length, before + 1, 'on one connection');
      t.match(other.connections[before]!.text, `GET /1 HTTP/1.1\r\nHost: localhost:${other.port}\r\n\r\n`);
      const { flow } = await proxy.http(3);
      t.same(flow.server.address, ['localhost', other.port]);
    });
  }
  await t.test('only some of the requests', async (t) => {
    const some: Change = (flow) => (flow.request.path.includes('other') ? redirect(flow) : undefined);
    const { client, origin, proxy, url } = await setup(t, counting(OK), { addons: [{ requestHeaders: some }] });
    const before = other.connections.length;
    for (const [at, path] of ['/a', '/other', '/b', '/other'].entries()) {
      client.send(`GET ${url}${path} HTTP/1.1\r\n\r\n`);
      await client.has(OK, at + 1);
    }
    t.same([origin.connections.length, other.connections.length - before], [1, 1]);
    await proxy.flow(4);
    t.same(
      proxy.ended.map(({ flow }) => flow.server.address?.[1]),
      [origin.port, other.port, origin.port, other.port],
    );
  });
});
