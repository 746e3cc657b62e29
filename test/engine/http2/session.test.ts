import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { TestProxy, type TestProxyOptions } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';

type Handler = (stream: ServerHttp2Stream, fields: IncomingHttpHeaders, rawHeaders: string[]) => void;

interface Setting {
  proxy: TestProxy;
  client: ClientHttp2Session;
  /** Connections that the server has accepted. */
  sessions: () => number;
  /** Those that are open. */
  open: () => number;
}

/** A server and a client that speak HTTP/2 without TLS, and a reverse proxy between them. */
async function setting(
  t: Test,
  handler: Handler,
  { server, ...options }: TestProxyOptions & { server?: Settings } = {},
): Promise<Setting> {
  const origin = createServer({ settings: server });
  let sessions = 0;
  let open = 0;
  origin.on('session', (session) => {
    sessions++;
    open++;
    session.on('close', () => open--);
  });
  origin.on('stream', (stream: ServerHttp2Stream, fields: IncomingHttpHeaders, _flags: number, raw: string[]) => {
    stream.on('error', () => {});
    handler(stream, fields, raw);
  });
  origin.listen(0, '127.0.0.1');
  await once(origin, 'listening');
  t.teardown(() => origin.close());
  const mode = [`reverse:http://127.0.0.1:${(origin.address() as AddressInfo).port}`];
  const proxy = await TestProxy.start(t, { ...options, options: { mode, ...options.options } });
  const client = connect(`http://127.0.0.1:${proxy.port}`);
  client.on('error', () => {});
  t.teardown(() => client.destroy());
  return { proxy, client, sessions: () => sessions, open: () => open };
}

interface Response {
  status: number;
  interim: string[];
  fields: IncomingHttpHeaders;
  body: string;
  trailers: IncomingHttpHeaders | undefined;
  /** The code of RST_STREAM; 0 for a proper end. */
  code: number;
}

async function ask(
  client: ClientHttp2Session,
  fields: OutgoingHttpHeaders,
  body?: string,
  trailers?: OutgoingHttpHeaders,
): Promise<Response> {
  const stream = client.request(fields, { endStream: body === undefined, waitForTrailers: trailers !== undefined });
  const response: Response = { status: 0, interim: [], fields: {}, body: '', trailers: undefined, code: 0 };
  stream.on('error', () => {});
  stream.on('headers', (head) => response.interim.push(`${head[':status']} ${head.link ?? ''}`));
  stream.on('response', (head) => {
    response.status = Number(head[':status']);
    response.fields = head;
  });
  stream.on('trailers', (found) => {
    response.trailers = found;
  });
  stream.on('data', (chunk) => {
    response.body += chunk;
  });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers!));
  if (body !== undefined) stream.end(body);
  await new Promise((resolve) => stream.once('close', resolve));
  response.code = stream.rstCode ?? 0;
  return response;
}

t.test('several requests at once: bodies, trailers, a 103, one connection to the server', async (t) => {
  const COUNT = 5;
  // The origin answers once all requests are there.
  const waiting: (() => void)[] = [];
  const { client, proxy, sessions } = await setting(t, (stream, fields) => {
    let body = '';
    let trailer: unknown;
    stream.on('trailers', (found: IncomingHttpHeaders) => {
      trailer = found['x-sum'];
    });
    stream.on('data', (chunk) => {
      body += chunk;
    });
    stream.on('end', () => {
      waiting.push(() => {
        stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
        stream.respond({ ':status': 200, 'x-path': fields[':path'] }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-end': `${trailer}` }));
        stream.end(`got ${body}`);
      });
      if (waiting.length === COUNT) for (const answer of waiting) answer();
    });
  });
  const paths = Array.from({ length: COUNT }, (_, at) => `/${at}`);
  const responses = await Promise.all(
    paths.map((path) =>
      ask(client, { ':path': path, ':method': 'POST' }, `body of ${path}`, { 'x-sum': `sum ${path}` }),
    ),
  );
  for (const [at, path] of paths.entries()) {
    const { status, interim, fields, body, trailers } = responses[at]!;
    t.same([status, interim, fields['x-path'], body], [200, ['103 </a.css>'], path, `got body of ${path}`]);
    t.equal(trailers?.['x-end'], `sum ${path}`);
  }
  t.equal(sessions(), 1);
  await proxy.flow(COUNT);
  const flows = proxy.ended.map(({ flow, requestBody, responseBody }) => {
    if (flow.type !== 'http') return undefined;
    const { request, response, interim } = flow;
    return [
      request.httpVersion,
      request.path,
      requestBody,
      request.trailers?.get('x-sum'),
      response?.httpVersion,
      response?.statusCode,
      response?.reason,
      responseBody,
      response?.trailers?.get('x-end'),
      interim?.length,
      flow.error,
    ];
  });
  const expected = paths.map((path) => {
    const sum = `sum ${path}`;
    return ['HTTP/2.0', path, `body of ${path}`, sum, 'HTTP/2.0', 200, '', `got body of ${path}`, sum, 1, undefined];
  });
  t.same(flows.sort(), expected);
  t.equal(new Set(proxy.ended.map(({ flow }) => (flow.type === 'http' ? flow.server.id : ''))).size, 1);
});

t.test('order, duplicates and cookie crumbs are kept; the server gets its own authority', async (t) => {
  let raw: string[] = [];
  const { client, proxy } = await setting(t, (stream, _fields, rawHeaders) => {
    raw = rawHeaders;
    stream.respond({ ':status': 200, 'set-cookie': ['a=1', 'b=2'] });
    stream.end();
  });
  const { fields } = await ask(client, { ':path': '/x', 'x-b': '1', cookie: ['a=1', 'b=2'], 'x-a': ['2', '3'] });
  t.same(fields['set-cookie'], ['a=1', 'b=2']);
  const { flow } = await proxy.http();
  const { request } = flow;
  t.equal(request.headers.bytes.toString(), 'x-b: 1\r\ncookie: a=1\r\ncookie: b=2\r\nx-a: 2\r\nx-a: 3\r\n');
  t.equal(request.authority, `127.0.0.1:${request.port}`);
  const names = raw.filter((_, at) => at % 2 === 0);
  t.same(names.slice(4), ['x-b', 'cookie', 'cookie', 'x-a', 'x-a']);
  t.equal(raw[raw.indexOf(':authority') + 1], request.authority);
});

t.test('a reset of the server reaches the client with its code, before and inside the body', async (t) => {
  const { client, proxy } = await setting(t, (stream, fields) => {
    if (fields[':path'] === '/inside') {
      stream.respond({ ':status': 200 });
      stream.write('part', () => stream.destroy(new Error('broken')));
    } else stream.close(constants.NGHTTP2_INADEQUATE_SECURITY);
  });
  t.match(await ask(client, { ':path': '/before' }), { status: 0, code: constants.NGHTTP2_INADEQUATE_SECURITY });
  t.match(await ask(client, { ':path': '/inside' }), { code: constants.NGHTTP2_INTERNAL_ERROR });
  const [before, inside] = [await proxy.http(1), await proxy.http(2)];
  t.match([before.flow.error?.code, inside.flow.error?.code], ['stream-reset', 'stream-reset']);
});

t.test('a refused request is sent again a few times, whatever its method', async (t) => {
  const refused = new Map<string, number>();
  const { client } = await setting(t, (stream, fields) => {
    const path = String(fields[':path']);
    const count = (refused.get(path) ?? 0) + 1;
    refused.set(path, count);
    let body = '';
    stream.on('data', (chunk) => {
      body += chunk;
    });
    stream.on('end', () => {
      if (path === '/never' || count <= (path === '/twice' ? 2 : 1))
        return stream.close(constants.NGHTTP2_REFUSED_STREAM);
      stream.respond({ ':status': 200 });
      stream.end(body || 'served');
    });
  });
  t.match(await ask(client, { ':path': '/once' }), { status: 200, body: 'served' });
  t.match(await ask(client, { ':path': '/twice' }), { status: 200, body: 'served' });
  t.match(await ask(client, { ':path': '/post', ':method': 'POST' }), { status: 200, body: 'served' });
  const call = { ':path': '/call', ':method': 'POST' };
  t.match(await ask(client, call, 'of unknown length'), { status: 200, body: 'of unknown length' });
  t.match(await ask(client, { ':path': '/never' }), { status: 0, code: constants.NGHTTP2_REFUSED_STREAM });
  t.same([...refused.values()], [2, 3, 2, 2, 4]);
});

t.test('a refused request is first sent again on the same connection', async (t) => {
  const limited: Handler = (stream) => {
    setTimeout(() => {
      stream.respond();
      stream.end('served');
    }, 5);
  };
  // The first requests are sent before the limit of the server arrives.
  const options = { server: { maxConcurrentStreams: 2 }, options: { connectionStrategy: 'lazy' as const } };
  const { client, sessions } = await setting(t, limited, options);
  const responses = await Promise.all(Array.from({ length: 20 }, () => ask(client, {})));
  t.ok(responses.every(({ body }) => body === 'served'));
  t.equal(sessions(), 1);
});

t.test('connections whose server refuses requests do not accumulate', async (t) => {
  const { client, open } = await setting(t, (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
  for (let count = 0; count < 10; count++) {
    t.match(await ask(client, {}), { status: 0, code: constants.NGHTTP2_REFUSED_STREAM });
  }
  await until(() => open() <= 1, 'the end of the others');
});

t.test('a client that resets its stream ends that exchange only', async (t) => {
  let reset = 0;
  const { client, proxy } = await setting(t, (stream, fields) => {
    stream.once('aborted', () => {
      reset = stream.rstCode!;
    });
    stream.respond({ ':status': 200 });
    stream.write('part');
    if (fields[':path'] === '/whole') stream.end();
  });
  const stream = client.request({ ':path': '/part' });
  stream.on('error', () => {});
  await once(stream, 'data');
  stream.close(constants.NGHTTP2_CANCEL);
  await until(() => reset !== 0, 'the reset');
  t.equal(reset, constants.NGHTTP2_CANCEL);
  t.match(await ask(client, { ':path': '/whole' }), { status: 200, body: 'part' });
  t.equal((await proxy.http()).flow.error?.code, 'client-disconnected');
});

t.test('a reader that stops slows its own stream only', async (t) => {
  const SIZE = 30 * 1024 * 1024;
  const sent = new Map<string, number>();
  const { client } = await setting(t, (stream, fields) => {
    const path = String(fields[':path']);
    const chunk = Buffer.alloc(64 * 1024);
    // Node resets a stream whose request it has not read.
    stream.resume();
    stream.respond({ ':status': 200 });
    const write = (): void => {
      for (let count = sent.get(path) ?? 0; count < SIZE; ) {
        count += chunk.length;
        sent.set(path, count);
        if (!stream.write(chunk)) return void stream.once('drain', write);
      }
      stream.end();
    };
    write();
  });
  const slow = client.request({ ':path': '/slow' });
  slow.on('error', () => {});
  await once(slow, 'response');
  slow.pause();
  const { body, code } = await ask(client, { ':path': '/fast' });
  t.same([body.length, code], [SIZE, 0]);
  t.ok(sent.get('/slow')! < 4 * 1024 * 1024, `the server has sent ${sent.get('/slow')} bytes to it`);
  slow.close();
});

t.test('an upload of any size, at the pace of the server', async (t) => {
  let taken = 0;
  let resume: (() => void) | undefined;
  const { client } = await setting(t, (stream) => {
    resume = () =>
      stream.on('data', (chunk: Buffer) => {
        taken += chunk.length;
      });
    stream.on('end', () => {
      stream.respond({ ':status': 200 });
      stream.end(String(taken));
    });
  });
  const SIZE = 20 * 1024 * 1024;
  const stream = client.request({ ':path': '/', ':method': 'POST' });
  let body = '';
  stream.on('data', (chunk) => {
    body += chunk;
  });
  let written = 0;
  const chunk = Buffer.alloc(256 * 1024);
  const more = (): void => {
    while (written < SIZE) {
      written += chunk.length;
      if (!stream.write(chunk)) return void stream.once('drain', more);
    }
    stream.end();
  };
  more();
  await until(() => resume !== undefined && stream.writableNeedDrain, 'the request');
  t.ok(written < SIZE, 'the client has to wait');
  resume!();
  await once(stream, 'close');
  t.equal(body, String(SIZE));
});

t.test('without http2 the preface is not a request', async (t) => {
  const { client } = await setting(t, () => {}, { options: { http2: false } });
  const [error] = (await once(client, 'error')) as [Error];
  t.ok(error);
});

t.test('addons see and change requests and responses', async (t) => {
  const { client } = await setting(
    t,
    (stream, fields) => {
      let body = '';
      stream.on('data', (chunk) => {
        body += chunk;
      });
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'content-length': body.length, 'x-seen': fields['x-added'] ?? '' });
        stream.end(body);
      });
    },
    {
      addons: [
        {
          request: (flow) => {
            flow.request.headers.set('X-Added', 'yes');
            flow.request.body.set('a longer body');
          },
          response: async (flow) => {
            flow.response!.body.set(`${await flow.response!.body.text()}, changed`);
          },
        },
      ],
    },
  );
  const { status, fields, body } = await ask(client, { ':path': '/', ':method': 'POST' }, 'body');
  t.same([status, fields['x-seen'], body], [200, 'yes', 'a longer body, changed']);
  t.equal(fields['content-length'], String('a longer body, changed'.length));
});
