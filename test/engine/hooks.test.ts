import zlib from 'node:zlib';
import t, { type Test } from 'tap';
import type { FlowFilter, Phase, Verdict } from '../../src/flow/filter.js';
import type { HttpFlow } from '../../src/flow/flow.js';
import type { Addon, HookName } from '../../src/flow/hooks.js';
import { HttpResponse } from '../../src/flow/http-message.js';
import { SpoolPolicy } from '../../src/flow/spool.js';
import { answering, RawOrigin, type Script } from '../support/raw-origin.js';
import { setup } from '../support/setup.js';
import { ESTABLISHED, type TestProxy } from '../support/test-proxy.js';
import type { Wire } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const later = () => new Promise<void>((resolve) => setImmediate(resolve));

const FLOW_HOOKS: readonly HookName[] = [
  'httpConnect',
  'httpConnectError',
  'requestHeaders',
  'request',
  'responseHeaders',
  'response',
  'tcpStart',
  'tcpMessage',
  'tcpEnd',
  'error',
  'flowEnd',
];
const HOOKS: readonly HookName[] = [
  'clientConnected',
  'clientDisconnected',
  'serverConnect',
  'serverConnected',
  'serverConnectError',
  'serverDisconnected',
  ...FLOW_HOOKS,
];

/** Notes the hooks as they are called, some turns of the event loop later if they are to be asynchronous. */
function recorder(seen: string[], asynchronous = false, names: readonly HookName[] = HOOKS): Addon {
  return Object.fromEntries(
    names.map((name) => [
      name,
      asynchronous
        ? async () => {
            await later();
            seen.push(name);
          }
        : () => void seen.push(name),
    ]),
  );
}

/** An answer for each request, whether or not it has a body. */
function counting(answer: string, requests = 10): Script {
  return async (wire) => {
    for (let count = 1; count <= requests; count++) {
      await wire.until(
        () => wire.closed || wire.text.split(/[A-Za-z]+ \S+ HTTP\/1/).length > count,
        `request ${count}`,
      );
      if (wire.closed) return;
      wire.send(answer);
    }
  };
}

t.test('hooks are called in order, each once, synchronous or not', async (t) => {
  const cases: [
    name: string,
    act: (client: Wire, origin: RawOrigin) => Promise<void>,
    script: Script,
    expected: HookName[],
  ][] = [
    [
      'an exchange',
      async (client, origin) => {
        client.send(`POST http://${origin.authority}/ HTTP/1.1\r\nContent-Length: 1\r\n\r\nx`);
        await client.has(OK);
      },
      counting(OK),
      [
        'clientConnected',
        'requestHeaders',
        'request',
        'serverConnect',
        'serverConnected',
        'responseHeaders',
        'response',
        'flowEnd',
      ],
    ],
    [
      'two exchanges on a connection',
      async (client, origin) => {
        for (const count of [1, 2]) {
          client.send(`GET http://${origin.authority}/ HTTP/1.1\r\n\r\n`);
          await client.has(OK, count);
        }
      },
      counting(OK),
      [
        'clientConnected',
        'requestHeaders',
        'request',
        'serverConnect',
        'serverConnected',
        'responseHeaders',
        'response',
        'flowEnd',
        'requestHeaders',
        'request',
        'responseHeaders',
        'response',
        'flowEnd',
      ],
    ],
    [
      'HTTP inside CONNECT',
      async (client, origin) => {
        client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n`);
        await client.has(OK);
      },
      counting(OK),
      [
        'clientConnected',
        'httpConnect',
        'serverConnect',
        'serverConnected',
        'requestHeaders',
        'request',
        'responseHeaders',
        'response',
        'flowEnd',
      ],
    ],
    [
      'something else inside CONNECT',
      async (client, origin) => {
        client.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0`);
        await client.whole();
      },
      async (wire) => {
        await wire.whole();
        wire.end('\xff');
      },
      [
        'clientConnected',
        'httpConnect',
        'serverConnect',
        'serverConnected',
        'tcpStart',
        'tcpMessage',
        'tcpMessage',
        'serverDisconnected',
        'tcpEnd',
        'flowEnd',
        'clientDisconnected',
      ],
    ],
    [
      'a request that is refused',
      async (client, origin) => {
        client.end(`GET http://${origin.authority}/ HTTP/1.1\r\nA : 1\r\n\r\n`);
        await client.whole();
      },
      () => {},
      ['clientConnected', 'error', 'flowEnd', 'clientDisconnected'],
    ],
    [
      'a server that cannot be reached',
      async (client, origin) => {
        origin.close();
        client.end(`GET http://${origin.authority}/ HTTP/1.1\r\n\r\n`);
        await client.whole();
      },
      () => {},
      [
        'clientConnected',
        'requestHeaders',
        'request',
        'serverConnect',
        'serverConnectError',
        'error',
        'flowEnd',
        'clientDisconnected',
      ],
    ],
    [
      'CONNECT to a server that cannot be reached',
      async (client, origin) => {
        origin.close();
        client.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
        await client.whole();
      },
      () => {},
      [
        'clientConnected',
        'httpConnect',
        'serverConnect',
        'serverConnectError',
        'httpConnectError',
        'flowEnd',
        'clientDisconnected',
      ],
    ],
    [
      'an upgrade',
      async (client, origin) => {
        client.end(`GET http://${origin.authority}/ HTTP/1.1\r\nUpgrade: x\r\n\r\nbehind`);
        await client.whole();
      },
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.send('HTTP/1.1 101 Hi\r\n\r\n');
        await wire.until(() => wire.ended, 'the end');
        wire.end();
      },
      [
        'clientConnected',
        'requestHeaders',
        'request',
        'serverConnect',
        'serverConnected',
        'responseHeaders',
        'response',
        'serverDisconnected',
        'flowEnd',
        'clientDisconnected',
      ],
    ],
  ];
  for (const asynchronous of [false, true]) {
    for (const [name, act, script, expected] of cases) {
      await t.test(`${name}${asynchronous ? ', asynchronous' : ''}`, async (t) => {
        const seen: string[] = [];
        const { client, origin, proxy } = await setup(t, script, { addons: [recorder(seen, asynchronous)] });
        await act(client, origin);
        await proxy.flow(expected.filter((hook) => hook === 'flowEnd').length);
        if (expected.includes('clientDisconnected')) await client.over();
        // When a connection is closed is not a matter of the flow.
        const comparable = (hooks: string[]) => hooks.filter((hook) => !hook.endsWith('Disconnected'));
        t.same(comparable(seen), comparable(expected));
        if (!expected.includes('clientDisconnected')) return;
        while (!seen.includes('clientDisconnected')) await later();
        t.equal(seen.at(-1) === 'clientDisconnected' || seen.at(-1) === 'serverDisconnected', true);
        t.equal(
          new Set(seen.filter((hook) => hook.endsWith('Disconnected'))).size,
          seen.filter((hook) => hook.endsWith('Disconnected')).length,
          'once',
        );
      });
    }
  }
});

type Change = (flow: HttpFlow) => void | Promise<void>;

/** One request through an addon. @returns what the origin got and what the client got */
async function through(
  t: Test,
  addon: Addon,
  request: string,
  response = OK,
): Promise<{ sent: string; got: string; proxy: TestProxy; origin: RawOrigin }> {
  const { client, origin, proxy, url } = await setup(t, counting(response), { addons: [addon] });
  client.send(request.replace('URL', url));
  const { flow } = await proxy.http();
  if (flow.request.method !== 'HEAD') client.end();
  else client.socket.end();
  const got = await client.whole();
  return { sent: origin.connections[0]?.text ?? '', got, proxy, origin };
}

const POST = 'POST URL/p HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\nA:1\r\n\r\nhello';
const CHUNKED_POST =
  'POST URL/p HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: chunked\r\nA:1\r\n\r\n2;x\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n';

t.test('a held request that nobody changes goes on as it came', async (t) => {
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
      'POST /p HTTP/1.1\r\nhost: i\r\ncontent-length: 5\r\nA: 1\r\n\r\nhello',
    ],
    [
      'a length that is not true',
      'requestHeaders',
      (flow) => flow.request.headers.set('Content-Length', '9'),
      'POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\nA: 1\r\n\r\nhello',
    ],
    [
      'chunks without their header',
      'requestHeaders',
      (flow) => void flow.request.headers.delete('transfer-encoding'),
      'POST /p HTTP/1.1\r\nhost: h\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n',
      CHUNKED_POST,
    ],
    [
      'text',
      'request',
      (flow) => flow.request.body.set('Grüße'),
      'POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 7\r\nA: 1\r\n\r\nGr\xc3\xbc\xc3\x9fe',
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
      'POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\nA: 1\r\n\r\n',
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
      'no more chunks',
      'request',
      (flow) => void flow.request.headers.delete('transfer-encoding'),
      'POST /p HTTP/1.1\r\nhost: h\r\nA: 1\r\nContent-Length: 5\r\n\r\nhello',
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

const PLAIN = 'HTTP/1.1 200 Fine\r\nA:1\r\ncontent-length: 5\r\n\r\nhello';
const CHUNKED =
  'HTTP/1.1 200 Fine\r\nA:1\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n';
const zipped = zlib.gzipSync('hello').toString('latin1');

t.test('a response is held or not, and changed or not', async (t) => {
  const nothing: Change = () => {};
  const gzip = `HTTP/1.1 200 Fine\r\nContent-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\n\r\n${zipped}`;
  const cases: [
    name: string,
    hook: 'responseHeaders' | 'response',
    change: Change,
    response: string,
    got: string | RegExp,
    method?: string,
  ][] = [
    ['held, unchanged', 'response', nothing, PLAIN, PLAIN],
    [
      'held, chunked, unchanged',
      'response',
      nothing,
      CHUNKED,
      'HTTP/1.1 200 Fine\r\nA:1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n',
    ],
    [
      'held, until the end',
      'response',
      nothing,
      'HTTP/1.1 200 Fine\r\nConnection: close\r\n\r\nhello',
      'HTTP/1.1 200 Fine\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
    ],
    [
      'held, empty',
      'response',
      nothing,
      'HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n',
    ],
    ['held, 204', 'response', nothing, 'HTTP/1.1 204 No\r\n\r\n', 'HTTP/1.1 204 No\r\n\r\n'],
    [
      'held, 304 with a length',
      'response',
      nothing,
      'HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n',
      'HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n',
    ],
    [
      'held, HEAD',
      'response',
      nothing,
      'HTTP/1.1 200 Fine\r\nContent-Length: 9\r\n\r\n',
      'HTTP/1.1 200 Fine\r\nContent-Length: 9\r\n\r\n',
      'HEAD',
    ],
    ['streamed, unchanged', 'responseHeaders', nothing, CHUNKED, CHUNKED],
    [
      'no reason, streamed',
      'responseHeaders',
      nothing,
      'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
    ],
    [
      'status',
      'response',
      (flow) => {
        flow.response!.statusCode = 404;
      },
      PLAIN,
      'HTTP/1.1 404 Not Found\r\nA:1\r\ncontent-length: 5\r\n\r\nhello',
    ],
    [
      'status, streamed',
      'responseHeaders',
      (flow) => {
        flow.response!.statusCode = 404;
      },
      CHUNKED,
      CHUNKED.replace('200 Fine', '404 Not Found'),
    ],
    [
      'a header, streamed',
      'responseHeaders',
      (flow) => flow.response!.headers.set('a', '2'),
      PLAIN,
      PLAIN.replace('A:1', 'A: 2'),
    ],
    [
      'a length removed, streamed',
      'responseHeaders',
      (flow) => void flow.response!.headers.delete('content-length'),
      PLAIN,
      'HTTP/1.1 200 Fine\r\nA: 1\r\nContent-Length: 5\r\n\r\nhello',
    ],
    [
      'text',
      'response',
      (flow) => flow.response!.body.set('other text'),
      PLAIN,
      'HTTP/1.1 200 Fine\r\nA: 1\r\ncontent-length: 10\r\n\r\nother text',
    ],
    [
      'text, early',
      'responseHeaders',
      (flow) => flow.response!.body.set('other text'),
      PLAIN,
      'HTTP/1.1 200 Fine\r\nA: 1\r\ncontent-length: 10\r\n\r\nother text',
    ],
    [
      'text in chunks',
      'response',
      (flow) => flow.response!.body.set('new'),
      CHUNKED,
      'HTTP/1.1 200 Fine\r\nA:1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnew\r\n0\r\nT: 1\r\n\r\n',
    ],
    [
      'another response',
      'response',
      (flow) => {
        flow.response = HttpResponse.make(418, 'tea');
      },
      CHUNKED,
      "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 3\r\n\r\ntea",
    ],
    [
      'another response, early',
      'responseHeaders',
      (flow) => {
        flow.response = HttpResponse.make(418, 'tea');
      },
      CHUNKED,
      "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 3\r\n\r\ntea",
    ],
    [
      '200 turned into 204, streamed',
      'responseHeaders',
      (flow) => {
        flow.response!.statusCode = 204;
      },
      PLAIN,
      'HTTP/1.1 204 No Content\r\nA:1\r\ncontent-length: 5\r\n\r\n',
    ],
    [
      '200 turned into 304, held',
      'response',
      (flow) => {
        flow.response!.statusCode = 304;
      },
      PLAIN,
      'HTTP/1.1 304 Not Modified\r\nA:1\r\ncontent-length: 5\r\n\r\n',
    ],
    [
      '204 turned into 200, streamed',
      'responseHeaders',
      (flow) => {
        flow.response!.statusCode = 200;
      },
      'HTTP/1.1 204 No\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    ],
    [
      '204 turned into 200, held',
      'response',
      (flow) => {
        flow.response!.statusCode = 200;
      },
      'HTTP/1.1 204 No\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    ],
    [
      'gzip',
      'response',
      async (flow) => {
        t.equal(await flow.response!.body.text(), 'hello');
        flow.response!.body.set('other');
      },
      gzip,
      /^HTTP\/1\.1 200 Fine\r\nContent-Encoding: gzip\r\nContent-Length: \d+\r\n\r\n\x1f\x8b/,
    ],
  ];
  for (const asynchronous of [false, true]) {
    for (const [name, hook, change, response, got, method = 'GET'] of cases) {
      await t.test(`${name}${asynchronous ? ', asynchronous' : ''}`, async (t) => {
        const hooked: Change = asynchronous ? (flow) => later().then(() => change(flow)) : change;
        const script: Script = async (wire) => {
          await wire.has('\r\n\r\n');
          if (/Connection: close/.test(response)) wire.end(response);
          else wire.send(response);
        };
        const { client, proxy, url } = await setup(t, script, { addons: [{ [hook]: hooked }] });
        client.send(`${method} ${url}/ HTTP/1.1\r\n\r\n`);
        await proxy.flow();
        client.end();
        t.match(await client.whole(), got);
        if (typeof got === 'string') t.equal(client.text, got);
      });
    }
  }
});

t.test('what an addon changed of the method does not confuse the client', async (t) => {
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
  await t.test('only some of them', async (t) => {
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

t.test('nothing is held for those who only look', async (t) => {
  const seen: string[] = [];
  const observer: Addon = {
    ...recorder(seen, false, ['requestHeaders', 'responseHeaders', 'flowEnd', 'error']),
    observesBodies: true,
  };
  const { client, origin, proxy, url } = await setup(
    t,
    async (wire) => {
      await wire.has('first');
      wire.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none');
      await wire.has('second');
      wire.send('two');
    },
    { addons: [observer] },
  );
  client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 11\r\n\r\nfirst`);
  await client.has('one');
  t.equal(proxy.ended.length, 0, 'the first half is here while the second is not yet sent');
  client.send('second');
  await client.has('onetwo');
  const { requestBody, responseBody } = await proxy.http();
  t.same([requestBody, responseBody], ['firstsecond', 'onetwo']);
  t.equal(origin.connections.length, 1);
});

t.test('what is held does not go on before it is complete', async (t) => {
  let holding = false;
  const { client, origin, proxy, url } = await setup(
    t,
    async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none');
      await wire.has('never');
    },
    {
      addons: [
        {
          response: () => {},
          responseHeaders: () => {
            holding = true;
          },
        },
      ],
    },
  );
  client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
  await (await origin.connection()).has('GET');
  while (!holding) await later();
  for (let turn = 0; turn < 20; turn++) await later();
  t.equal(client.size, 0);
  origin.connections[0]!.send('two');
  await client.has('onetwo');
  t.equal((await proxy.http()).responseBody, 'onetwo');
});

t.test('event streams', async (t) => {
  const stream =
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n';
  const script: Script = async (wire) => {
    await wire.has('GET');
    wire.send(`${stream}3\r\nabc\r\n`);
  };
  await t.test('are not held, and the hook is called at their end', async (t) => {
    const seen: string[] = [];
    const { client, origin, proxy, url } = await setup(t, script, { addons: [recorder(seen, false, FLOW_HOOKS)] });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await client.has('abc');
    t.same(seen, ['requestHeaders', 'request', 'responseHeaders']);
    origin.connections[0]!.send('3\r\ndef\r\n0\r\n\r\n');
    await client.hasBytes(`${stream}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`.length);
    t.equal(client.text, `${stream}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`);
    await proxy.flow();
    t.same(seen.slice(3), ['response', 'flowEnd']);
  });
  await t.test('are held for those who insist', async (t) => {
    const addon: Addon = { response: (flow) => flow.response!.body.set('changed'), hold: 'always' };
    const { client, origin, url } = await setup(t, script, { addons: [addon] });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await (await origin.connection()).has('GET');
    origin.connections[0]!.send('3\r\ndef\r\n0\r\n\r\n');
    await client.hasBytes(`${stream}7\r\nchanged\r\n0\r\n\r\n`.length);
    t.equal(client.text, `${stream}7\r\nchanged\r\n0\r\n\r\n`);
  });
});

t.test('Expect: 100-continue when the request is held', async (t) => {
  const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
  const head = (url: string, version = '1.1') =>
    `POST ${url}/ HTTP/${version}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`;
  const script: Script = async (wire) => {
    await wire.has('hello');
    wire.send('HTTP/1.1 100 Mine\r\n\r\n');
    wire.send(`HTTP/1.1 103 Hints\r\n\r\n${OK}`);
  };
  await t.test('the 100 is ours, and the one of the server is not sent as well', async (t) => {
    const { client, url } = await setup(t, script, { addons: [{ request: () => {} }] });
    client.send(head(url));
    await client.has(CONTINUE);
    client.send('hello');
    await client.hasBytes(`${CONTINUE}HTTP/1.1 103 Hints\r\n\r\n${OK}`.length);
    t.equal(client.text, `${CONTINUE}HTTP/1.1 103 Hints\r\n\r\n${OK}`);
  });
  await t.test('none is needed if the body came along', async (t) => {
    const { client, url } = await setup(t, script, { addons: [{ request: () => {} }] });
    client.send(`${head(url)}hello`);
    await client.hasBytes(`HTTP/1.1 103 Hints\r\n\r\n${OK}`.length);
    t.equal(client.text, `HTTP/1.1 103 Hints\r\n\r\n${OK}`);
  });
  await t.test('HTTP/1.0 knows of none', async (t) => {
    const { client, url } = await setup(t, script, { addons: [{ request: () => {} }] });
    client.send(head(url, '1.0'));
    await later();
    client.send('hello');
    await client.hasBytes(OK.length);
    t.equal(client.text, OK);
  });
});

t.test('an addon answers', async (t) => {
  const answer = 'HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 4\r\n\r\nmine';
  for (const hook of ['requestHeaders', 'request'] as const) {
    for (const asynchronous of [false, true]) {
      await t.test(`in ${hook}${asynchronous ? ', later' : ''}`, async (t) => {
        const seen: string[] = [];
        const answering: Change = (flow) => {
          flow.response = HttpResponse.make(200, 'mine', { A: '1' });
        };
        const addon: Addon = {
          [hook]: asynchronous ? (flow: HttpFlow) => later().then(() => answering(flow)) : answering,
        };
        const { client, origin, proxy, url } = await setup(t, counting(OK), {
          addons: [addon, recorder(seen, false, FLOW_HOOKS)],
        });
        for (const count of [1, 2]) {
          client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`);
          await client.has(answer, count);
        }
        t.equal(client.text, answer + answer);
        t.equal(origin.connections.length, 0);
        t.same((await proxy.http(2)).requestBody, 'abc');
        const each = ['requestHeaders', 'request', 'responseHeaders', 'response', 'flowEnd'];
        t.same(seen, [...each, ...each]);
        const { flow } = await proxy.http();
        t.ok(flow.response!.timestampStart > 0 && flow.response!.timestampEnd! >= flow.response!.timestampStart);
        t.same([flow.response!.body.complete, flow.error], [true, undefined]);
      });
    }
  }

  await t.test('also where a connection to the server is there', async (t) => {
    const seen: string[] = [];
    const addon: Addon = {
      requestHeaders: (flow) => {
        if (flow.request.path === '/mine') flow.response = HttpResponse.make(200, 'mine', { A: '1' });
      },
    };
    const { client, origin, proxy, url } = await setup(t, counting(OK), {
      addons: [addon, recorder(seen, false, FLOW_HOOKS)],
    });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await client.has(OK);
    seen.length = 0;
    client.send(`GET ${url}/mine HTTP/1.1\r\n\r\n`);
    await client.has(answer);
    await proxy.flow(2);
    t.same(seen, ['requestHeaders', 'request', 'responseHeaders', 'response', 'flowEnd']);
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await client.has(OK, 2);
    t.equal(origin.connections.length, 1, 'which serves the next');
  });

  await t.test('HEAD, 204, an empty one without a length', async (t) => {
    const cases: [method: string, make: () => HttpResponse, got: string][] = [
      ['HEAD', () => HttpResponse.make(200, 'mine'), 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n'],
      ['GET', () => HttpResponse.make(204), 'HTTP/1.1 204 No Content\r\n\r\n'],
      [
        'GET',
        () => {
          const response = HttpResponse.make(200);
          response.headers.delete('content-length');
          return response;
        },
        'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      ],
      [
        'GET',
        () => HttpResponse.make(200, 'mine', { 'Transfer-Encoding': 'chunked' }),
        'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine',
      ],
    ];
    for (const [method, make, got] of cases) {
      const found = await through(
        t,
        {
          requestHeaders: (flow) => {
            flow.response = make();
          },
        },
        `${method} URL/ HTTP/1.1\r\n\r\n`,
      );
      t.equal(found.got, got);
    }
  });

  await t.test('CONNECT', async (t) => {
    const addon: Addon = {
      httpConnect: (flow) => {
        flow.response = HttpResponse.make(407, 'who?');
      },
    };
    const { client, origin, proxy } = await setup(t, () => {}, { addons: [addon] });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    t.match(await client.whole(), /^HTTP\/1\.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\nwho\?$/);
    const { flow } = await proxy.http();
    t.equal(flow.request.method, 'CONNECT');
    t.ok(flow.error);
    t.equal(origin.connections.length, 0);
  });
});

t.test('an addon kills', async (t) => {
  for (const asynchronous of [false, true]) {
    for (const hook of ['requestHeaders', 'request', 'responseHeaders', 'response'] as const) {
      await t.test(`in ${hook}${asynchronous ? ', later' : ''}`, async (t) => {
        const seen: string[] = [];
        const kill: Change = asynchronous ? (flow) => later().then(() => flow.kill()) : (flow) => flow.kill();
        const { client, origin, proxy, url } = await setup(t, counting(PLAIN), {
          addons: [recorder(seen, false, FLOW_HOOKS), { [hook]: kill }],
        });
        client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`);
        t.equal(await client.over(), 'ECONNRESET');
        t.equal(client.size, 0, 'no answer');
        t.equal(origin.connections.length, hook.startsWith('response') ? 1 : 0);
        const { flow } = await proxy.http();
        t.equal(flow.error?.message, 'Connection killed.');
        const all = ['requestHeaders', 'request', 'responseHeaders', 'response'];
        t.same(seen, [...all.slice(0, all.indexOf(hook) + 1), 'error', 'flowEnd']);
      });
    }
    for (const hook of ['httpConnect', 'tcpStart', 'tcpMessage'] as const) {
      await t.test(`in ${hook}${asynchronous ? ', later' : ''}`, async (t) => {
        const kill = (argument: { kill(): void } | { flow: { kill(): void } }) =>
          ('flow' in argument ? argument.flow : argument).kill();
        const addon: Addon = { [hook]: asynchronous ? (argument: never) => later().then(() => kill(argument)) : kill };
        const { client, origin, proxy } = await setup(t, () => {}, { addons: [addon] });
        client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0x`);
        t.equal(await client.over(), 'ECONNRESET');
        const { flow } = await proxy.flow();
        t.equal(flow.error?.message, 'Connection killed.');
        t.equal(flow.type, hook === 'httpConnect' ? 'http' : 'tcp');
        t.equal(origin.connections[0]?.size ?? 0, 0, 'nothing went on');
      });
    }
  }
  await t.test('in clientConnected and serverConnect, by an error', async (t) => {
    const refusing = await setup(t, () => {}, {
      addons: [
        {
          clientConnected: (client) => {
            client.error = 'no';
          },
        },
      ],
    });
    t.equal(await refusing.client.whole(), '');
    const found = await through(
      t,
      {
        serverConnect: ({ server }) => {
          server.error = 'not there';
        },
      },
      'GET URL/ HTTP/1.1\r\n\r\n',
    );
    t.match(found.got, /^HTTP\/1\.1 502 .*not there/s);
    t.equal((await found.proxy.http()).flow.error?.message, 'not there');
    t.equal(found.origin.connections.length, 0);
  });
});

t.test('messages of tunnels are changed and dropped', async (t) => {
  const addon: Addon = {
    tcpMessage: async ({ message }) => {
      await later();
      const text = message.content.toString();
      if (text === 'drop') message.drop = true;
      message.content = Buffer.from(text.toUpperCase());
    },
  };
  const { client, origin, proxy } = await setup(
    t,
    async (wire) => {
      await wire.has('PING');
      wire.send('pong');
      await wire.has('DONE');
      wire.end();
    },
    { addons: [addon] },
  );
  client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
  await client.has(ESTABLISHED);
  client.send('\0ping');
  await client.has('PONG');
  client.send('drop');
  while ((await origin.connection()).text !== '\0PING') await later();
  client.end('done');
  await client.whole();
  const { messages } = await proxy.tcp();
  const sent = messages
    .filter((line) => line.startsWith('>'))
    .map((line) => line.slice(2))
    .join('');
  t.equal(origin.connections[0]!.text, sent);
  t.match(sent, /^\0PING(DROP)?DONE$/, 'a message that came together with another is no longer the one to drop');
  t.same(
    messages.filter((line) => line.startsWith('<')),
    ['< PONG'],
  );
});

t.test('hooks that throw are reported, and the flow goes on', async (t) => {
  const seen: string[] = [];
  const fail = () => {
    throw new Error('addon');
  };
  for (const asynchronous of [false, true]) {
    await t.test(asynchronous ? 'asynchronous' : 'synchronous', async (t) => {
      seen.length = 0;
      const hook = asynchronous ? () => later().then(fail) : fail;
      const thrower: Addon = { name: 'thrower', ...Object.fromEntries(HOOKS.map((name) => [name, hook])) };
      const { client, proxy, url } = await setup(t, counting(OK), {
        addons: [thrower, recorder(seen, false, FLOW_HOOKS)],
      });
      client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`);
      await client.has(OK);
      const { flow } = await proxy.http();
      t.equal(flow.error, undefined);
      t.same(seen, ['requestHeaders', 'request', 'responseHeaders', 'response', 'flowEnd']);
      const reported = proxy.hookErrors.map(({ hook, addon, error }) => `${addon} ${hook} ${error.message}`);
      t.same(
        reported,
        [
          'clientConnected',
          'requestHeaders',
          'request',
          'serverConnect',
          'serverConnected',
          'responseHeaders',
          'response',
          'flowEnd',
        ].map((name) => `thrower ${name} addon`),
      );
    });
  }
});

function filter(answers: Partial<Record<Phase, Verdict>>): FlowFilter {
  return { text: 'test', needsBodies: false, evaluate: (_flow, phase) => answers[phase] ?? 'yes' };
}

t.test('filters of addons', async (t) => {
  const cases: [
    name: string,
    answers: Partial<Record<Phase, Verdict>>,
    called: string[],
    requestHeld: boolean,
    responseHeld: boolean,
  ][] = [
    ['yes', {}, ['request', 'response'], true, true],
    ['no', { requestHeaders: 'no', request: 'no', responseHeaders: 'no', response: 'no' }, [], false, false],
    ['later, then yes', { requestHeaders: 'later', responseHeaders: 'later' }, ['request', 'response'], true, true],
    [
      'later, then no',
      { requestHeaders: 'later', request: 'no', responseHeaders: 'later', response: 'no' },
      [],
      true,
      true,
    ],
    ['only known by the response', { requestHeaders: 'later', request: 'later' }, ['response'], true, true],
    ['no by the response', { responseHeaders: 'no', response: 'no' }, ['request'], true, false],
  ];
  for (const [name, answers, expected, requestHeld, responseHeld] of cases) {
    await t.test(name, async (t) => {
      const called: string[] = [];
      const addon: Addon = {
        filter: filter(answers),
        request: () => void called.push('request'),
        response: () => void called.push('response'),
      };
      const body = 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n';
      const { sent, got } = await through(
        t,
        addon,
        `POST URL/ HTTP/1.1\r\nHost: a\r\n${body}`,
        `HTTP/1.1 200 OK\r\n${body}`,
      );
      t.same(called, expected);
      // A body that was held goes on as one chunk.
      t.equal(sent.endsWith('\r\n\r\n2\r\nab\r\n0\r\n\r\n'), requestHeld, 'request held');
      t.equal(got.endsWith('\r\n\r\n2\r\nab\r\n0\r\n\r\n'), responseHeld, 'response held');
    });
  }
});

t.test('bodies are kept only if somebody wants them', async (t) => {
  const exchange = async (t: Test, addons: Addon[]) => {
    const { client, proxy, url } = await setup(t, counting(PLAIN), { addons, keepBodies: false });
    client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`);
    await client.has(PLAIN);
    const { flow } = await proxy.http();
    t.same([flow.request.body.size, flow.response!.body.size], [3, 5], 'their size is known');
    t.same([flow.request.body.complete, flow.response!.body.complete], [true, true]);
    return [flow.request.body.kept, flow.response!.body.kept];
  };
  t.same(await exchange(t, []), [false, false]);
  t.same(await exchange(t, [{ requestHeaders: () => {}, responseHeaders: () => {}, flowEnd: () => {} }]), [
    false,
    false,
  ]);
  t.same(await exchange(t, [{ observesBodies: true }]), [true, true]);
  t.same(await exchange(t, [{ request: () => {} }]), [true, false]);
  t.same(await exchange(t, [{ response: () => {} }]), [false, true]);
  t.same(await exchange(t, [{ observesBodies: true, filter: filter({ requestHeaders: 'no' }) }]), [false, true]);
  t.same(await exchange(t, [{ observesBodies: true, filter: filter({ responseHeaders: 'no' }) }]), [true, false]);

  const { client, origin, proxy } = await setup(t, () => {}, { keepBodies: false });
  client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0`);
  await (await origin.connection()).has('\0');
  client.end();
  origin.connections[0]!.end();
  const { flow } = await proxy.tcp();
  t.same([flow.messages.count, flow.messages.stored], [1, undefined]);
});

t.test('large bodies that are held come from the disk', async (t) => {
  const large = 'x'.repeat(3_000_000);
  const spool = new SpoolPolicy({ memoryPerBody: 1000 });
  const addon: Addon = { request: () => {}, response: () => {} };
  const response = `HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n${large}`;
  const { client, origin, proxy, url } = await setup(
    t,
    async (wire) => {
      await wire.until(() => wire.text.endsWith(large), 'the request');
      wire.send(response);
    },
    { addons: [addon], spool },
  );
  client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${large.length}\r\n\r\n${large}`);
  await client.hasBytes(response.length);
  t.ok(client.text === response);
  t.ok(origin.connections[0]!.text === `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${large.length}\r\n\r\n${large}`);
  t.equal((await proxy.http()).flow.error, undefined);
});

t.test('hooks of one flow wait, those of others do not', async (t) => {
  let release = () => {};
  const addon: Addon = {
    requestHeaders: (flow) =>
      flow.request.path === '/slow' ? new Promise((resolve) => (release = resolve)) : undefined,
  };
  const { client, proxy, url } = await setup(t, counting(OK), { addons: [addon] });
  const other = await proxy.connect();
  client.send(`GET ${url}/slow HTTP/1.1\r\n\r\n`);
  other.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
  await other.has(OK);
  t.equal(client.size, 0);
  release();
  await client.has(OK);
});

t.test('a client that leaves while a hook works', async (t) => {
  const cases: (readonly HookName[])[] = [
    ['clientConnected'],
    ['requestHeaders'],
    ['request'],
    ['serverConnect'],
    ['serverConnected'],
    ['responseHeaders'],
    ['response'],
  ];
  for (const [name] of cases) {
    for (const reset of [false, true]) {
      await t.test(`${name}, ${reset ? 'reset' : 'end'}`, async (t) => {
        let release = () => {};
        let begun = false;
        const addon: Addon = {
          [name!]: () => {
            begun = true;
            return new Promise<void>((resolve) => (release = resolve));
          },
        };
        const gone: string[] = [];
        const { client, proxy, url } = await setup(t, counting(OK), {
          addons: [addon, { clientDisconnected: () => void gone.push('gone') }],
        });
        client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
        while (!begun) await later();
        if (reset) client.reset();
        else client.socket.destroy();
        for (let turn = 0; turn < 10; turn++) await later();
        release();
        while (gone.length === 0) await later();
        if (reset && name !== 'clientConnected')
          t.equal((await proxy.http()).flow.error?.message, 'Client disconnected.');
        t.ok(proxy.ended.length <= 1);
      });
    }
  }
});

t.test('a server that leaves while a hook works', async (t) => {
  for (const name of ['serverConnected', 'responseHeaders', 'response'] as const) {
    await t.test(name, async (t) => {
      let release = () => {};
      let begun = false;
      const addon: Addon = {
        [name]: () => {
          begun = true;
          return new Promise<void>((resolve) => (release = resolve));
        },
      };
      const { client, origin, proxy, url } = await setup(t, counting(OK), { addons: [addon] });
      client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 1\r\n\r\nx`);
      while (!begun) await later();
      (await origin.connection()).reset();
      for (let turn = 0; turn < 10; turn++) await later();
      release();
      if (name === 'serverConnected') t.match(await client.whole(), /^HTTP\/1\.1 502 /);
      else await client.has(OK);
      const { flow } = await proxy.http();
      t.equal(flow.error === undefined, name !== 'serverConnected');
    });
  }
});

t.test('a pooled connection that the server closes while the request is held', async (t) => {
  let release: (() => void) | undefined;
  const addon: Addon = {
    request: (flow) =>
      flow.request.path === '/slow' ? new Promise<void>((resolve) => (release = resolve)) : undefined,
  };
  const { client, origin, proxy, url } = await setup(t, answering(OK, OK), { addons: [addon] });
  client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
  await client.has(OK);
  client.send(`POST ${url}/slow HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody`);
  while (!release) await later();
  origin.connections[0]!.end();
  for (let turn = 0; turn < 10; turn++) await later();
  release();
  await client.has(OK, 2);
  t.match(origin.connections[1]?.text, /POST \/slow.*body/s, 'nothing was sent yet, so it goes to a new one');
  t.equal((await proxy.http(2)).flow.error, undefined);
});
