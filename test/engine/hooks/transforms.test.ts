import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from 'node:zlib';
import t from 'tap';
import type { BodyTransformer } from '../../../src/flow/body/transform.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { later } from '../../support/later.js';
import { setup } from '../../support/setup.js';
import { until } from '../../support/until.js';
import { counting, through } from './support.js';

const upper: BodyTransformer = async function* (chunks) {
  for await (const chunk of chunks) yield chunk.toString().toUpperCase();
};
const footer: BodyTransformer = async function* (chunks) {
  yield* chunks;
  yield '!';
};
const twice: BodyTransformer = async function* (chunks) {
  for await (const chunk of chunks) yield* [chunk, chunk];
};
/** Ends with the first piece. */
const first: BodyTransformer = async function* (chunks) {
  for await (const chunk of chunks) {
    yield chunk;
    return;
  }
};
const nothing: BodyTransformer = () => [];
const throwing: BodyTransformer = async function* (chunks) {
  for await (const chunk of chunks) {
    yield chunk;
    throw new Error('no more');
  }
};

const onResponse = (...transformers: BodyTransformer[]): Addon => ({
  name: 'streaming',
  responseHeaders: ({ response }) => {
    for (const transformer of transformers) response!.body.transform(transformer);
  },
});
const onRequest = (...transformers: BodyTransformer[]): Addon => ({
  name: 'streaming',
  requestHeaders: ({ request }) => {
    for (const transformer of transformers) request.body.transform(transformer);
  },
});
const GET = 'GET URL/ HTTP/1.1\r\nHost: a\r\n\r\n';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

t.test('responses', async (t) => {
  const cases: [name: string, request: string, response: string, expected: string, addon?: Addon][] = [
    [
      'with a length',
      GET,
      'HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\nC: d\r\n\r\nok',
      'HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n',
    ],
    ['in chunks', GET, `${CHUNKED}1\r\no\r\n1;x\r\nk\r\n0\r\n\r\n`, `${CHUNKED}2\r\nOK\r\n0\r\n\r\n`],
    ['with trailers', GET, `${CHUNKED}2\r\nok\r\n0\r\nT: 1\r\n\r\n`, `${CHUNKED}2\r\nOK\r\n0\r\nT: 1\r\n\r\n`],
    [
      'up to the end of the connection',
      GET,
      'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n',
    ],
    [
      'for a client of HTTP/1.0',
      'GET URL/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
      'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nOK',
    ],
    [
      'in chunks, for a client of HTTP/1.0',
      'GET URL/ HTTP/1.0\r\n\r\n',
      `${CHUNKED}2\r\nok\r\n0\r\nT: 1\r\n\r\n`,
      'HTTP/1.1 200 OK\r\n\r\nOK',
    ],
    ['of a server of HTTP/1.0', GET, 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 'HTTP/1.0 200 OK\r\n\r\nOK'],
    [
      'to HEAD: no body, and no length of a body that was not made',
      'HEAD URL/ HTTP/1.1\r\nHost: a\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: b\r\n\r\n',
      'HTTP/1.1 200 OK\r\nA: b\r\n\r\n',
    ],
    ['204', GET, 'HTTP/1.1 204 No Content\r\nA: b\r\n\r\n', 'HTTP/1.1 204 No Content\r\nA: b\r\n\r\n'],
    ['304', GET, 'HTTP/1.1 304 Not\r\nContent-Length: 9\r\nA: b\r\n\r\n', 'HTTP/1.1 304 Not\r\nA: b\r\n\r\n'],
    [
      'empty',
      GET,
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      `${CHUNKED}1\r\n!\r\n0\r\n\r\n`,
      onResponse(upper, footer),
    ],
    [
      'several transforms, in their order',
      GET,
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      `${CHUNKED}2\r\nOK\r\n2\r\nOK\r\n1\r\n!\r\n0\r\n\r\n`,
      onResponse(twice, upper, footer),
    ],
    [
      'nothing comes out',
      GET,
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      `${CHUNKED}0\r\n\r\n`,
      onResponse(nothing),
    ],
    [
      'held by another addon: it goes on with its length',
      GET,
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK!',
      { ...onResponse(upper, footer), response: () => {} },
    ],
    [
      'content that was set',
      GET,
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nOTHER!',
      {
        responseHeaders: ({ response }) => {
          response!.body.transform(nothing);
          response!.body.set('other');
          response!.body.transform(upper);
          response!.body.transform(footer);
        },
      },
    ],
    [
      'an answer of an addon',
      GET,
      '',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nA!',
      {
        requestHeaders: (flow) => {
          flow.response = HttpResponse.make(200, 'a');
          flow.response.body.transform(upper);
        },
        response: ({ response }) => response!.body.transform(footer),
      },
    ],
  ];
  for (const [name, request, response, expected, addon = onResponse(upper)] of cases) {
    await t.test(name, async (t) => {
      const { client, proxy, url } = await setup(
        t,
        async (wire) => {
          await wire.has('\r\n\r\n');
          if (response.includes('Connection: close')) wire.end(response);
          else wire.send(response);
        },
        { addons: [addon] },
      );
      client.send(request.replace('URL', url));
      await proxy.flow();
      if (request.startsWith('HEAD')) client.socket.end();
      else client.end();
      const got = await client.whole();
      t.equal(got, expected);
      t.same(proxy.hookErrors, []);
      const { flow, responseBody } = await proxy.http();
      t.equal(flow.error, undefined);
      const bodyOnWire = got.slice(got.indexOf('\r\n\r\n') + 4).replace(/\b\d\r\n|(T: 1)?\r\n/g, '');
      t.equal(responseBody, bodyOnWire, 'what is recorded is what was sent');
    });
  }
});

t.test('requests', async (t) => {
  const POST = 'POST / HTTP/1.1\r\nHost: a\r\n';
  const from = POST.replace(' /', ' URL/');
  const cases: [name: string, request: string, expected: string, addon?: Addon][] = [
    [
      'with a length',
      `${from}Content-Length: 2\r\nA: b\r\n\r\nok`,
      `${POST}A: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n`,
    ],
    [
      'in chunks, with trailers',
      `${from}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: 1\r\n\r\n`,
      `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\nT: 1\r\n\r\n`,
    ],
    ['without a body', GET, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', onRequest(footer)],
    [
      'with an empty body',
      `${from}Content-Length: 0\r\n\r\n`,
      `${POST}Transfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n\r\n`,
      onRequest(footer),
    ],
    [
      'in HTTP/1.0, which has no chunks: it is held',
      'POST URL/ HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n\r\nok',
      'POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\n\r\nOK!',
      onRequest(upper, footer),
    ],
    [
      'held by another addon',
      `${from}Content-Length: 2\r\n\r\nok`,
      `${POST}Content-Length: 3\r\n\r\nOK!`,
      { ...onRequest(upper, footer), request: () => {} },
    ],
    [
      'set in `request`',
      `${from}Content-Length: 2\r\n\r\nok`,
      `${POST}Content-Length: 3\r\n\r\nok!`,
      { request: ({ request }) => request.body.transform(footer) },
    ],
    [
      'content that was set',
      `${from}Content-Length: 2\r\n\r\nok`,
      `${POST}Content-Length: 3\r\n\r\nset`,
      {
        requestHeaders: ({ request }) => {
          request.body.set('SET');
          request.body.transform(async function* (chunks) {
            for await (const chunk of chunks) yield chunk.toString().toLowerCase();
          });
        },
      },
    ],
  ];
  for (const [name, request, expected, addon = onRequest(upper)] of cases) {
    await t.test(name, async (t) => {
      const { sent, proxy } = await through(t, addon, request);
      t.equal(sent, expected);
      t.same(proxy.hookErrors, []);
      const { flow, requestBody } = await proxy.http();
      t.equal(flow.error, undefined);
      t.equal(requestBody, sent.slice(sent.indexOf('\r\n\r\n') + 4).replace(/\b\d\r\n|(T: 1)?\r\n/g, ''));
    });
  }
});

t.test('content codings', async (t) => {
  const text = 'some text, '.repeat(100);
  const codings: [name: string, code: (bytes: Buffer) => Buffer, decode: (bytes: Buffer) => Buffer][] = [
    ['gzip', gzipSync, gunzipSync],
    ['deflate', deflateSync, inflateSync],
    ['br', brotliCompressSync, brotliDecompressSync],
    ['gzip, br', (bytes) => brotliCompressSync(gzipSync(bytes)), (bytes) => gunzipSync(brotliDecompressSync(bytes))],
    ['identity', (bytes) => bytes, (bytes) => bytes],
  ];
  for (const [name, code, decode] of codings) {
    const message = (start: string): string => {
      const body = code(Buffer.from(text)).toString('latin1');
      return `${start}Content-Encoding: ${name}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    };
    const decoded: Addon = {
      requestHeaders: ({ request }) => {
        request.body.transform(upper, { decoded: true });
        request.body.transform(footer, { decoded: true });
      },
      responseHeaders: ({ response }) => {
        response!.body.transform((chunks) => chunks);
        response!.body.transform(upper, { decoded: true });
        response!.body.transform((chunks) => chunks);
        response!.body.transform(footer, { decoded: true });
      },
    };
    const request = message('POST URL/ HTTP/1.1\r\nHost: a\r\n');
    const { sent, got } = await through(t, decoded, request, message('HTTP/1.1 200 OK\r\n'));
    for (const part of [sent, got]) {
      t.match(part, `Content-Encoding: ${name}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      t.equal(decode(chunksOf(part)).toString(), `${text.toUpperCase()}!`, name);
    }
  }
});

t.test('the body gets the coding that the message has when it is sent', async (t) => {
  const plain: Addon = {
    responseHeaders: ({ response }) => {
      response!.body.transform(upper, { decoded: true });
      response!.headers.delete('content-encoding');
    },
  };
  const body = gzipSync('hello').toString('latin1');
  const { got } = await through(
    t,
    plain,
    GET,
    `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  t.equal(got, `${CHUNKED}5\r\nHELLO\r\n0\r\n\r\n`);
});

t.test('an unknown coding throws in the addon, and the body is forwarded unchanged', async (t) => {
  const addon: Addon = { responseHeaders: ({ response }) => response!.body.transform(upper, { decoded: true }) };
  const response = 'HTTP/1.1 200 OK\r\nContent-Encoding: odd\r\nContent-Length: 2\r\n\r\nok';
  const { got, proxy } = await through(t, addon, GET, response);
  t.equal(got, response);
  t.match(proxy.hookErrors, [{ error: { name: 'ContentCodingError' }, hook: 'responseHeaders' }]);
});

t.test('content that does not match its coding', async (t) => {
  const addon: Addon = { responseHeaders: ({ response }) => response!.body.transform(upper, { decoded: true }) };
  const { got, proxy } = await through(
    t,
    addon,
    GET,
    'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok',
  );
  t.notMatch(got, /\r\n0\r\n\r\n$/);
  const { flow } = await proxy.http();
  t.match(flow.error?.message, /^The body is not valid gzip/);
});

t.test('pieces are forwarded as they arrive, also through a coding', async (t) => {
  for (const coding of ['identity', 'gzip', 'br']) {
    const addon: Addon = { responseHeaders: ({ response }) => response!.body.transform(upper, { decoded: true }) };
    const { client, origin, url } = await setup(t, () => {}, { addons: [addon] });
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    const server = await origin.connection();
    await server.has('\r\n\r\n');
    const code = coding === 'gzip' ? gzipSync : coding === 'br' ? brotliCompressSync : (bytes: Buffer) => bytes;
    const body = code(Buffer.from('first')).toString('latin1');
    server.send(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: ${coding}\r\n\r\n${body}`);
    const decoded = (): string => {
      const bytes = chunksOf(client.text);
      if (coding === 'identity' || bytes.length === 0) return bytes.toString();
      try {
        if (coding === 'br')
          return brotliDecompressSync(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH }).toString();
        return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
      } catch {
        // A part of a header.
        return '';
      }
    };
    await client.has('\r\n\r\n');
    await until(() => decoded() === 'FIRST', `the first piece in ${coding}`);
    server.end();
    await client.has('0\r\n\r\n');
    t.equal(decoded(), 'FIRST');
  }
});

t.test('the sender waits for the transform, and the transform for the receiver', async (t) => {
  const SIZE = 16 * 1024 * 1024;
  let release = (): void => {};
  let taken = 0;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const addon: Addon = {
    responseHeaders: ({ response }) =>
      response!.body.transform(async function* (chunks) {
        await gate;
        for await (const chunk of chunks) {
          taken += chunk.length;
          yield chunk;
        }
      }),
  };
  const { client, origin, url, proxy } = await setup(
    t,
    async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
      wire.send(Buffer.alloc(SIZE));
    },
    { addons: [addon], keepBodies: false },
  );
  client.socket.pause();
  client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
  const server = await origin.connection();
  await until(() => server.socket.writableLength > 0, 'the server to begin');
  const stands = async (what: () => number): Promise<number> => {
    let before = -1;
    while (before !== what()) {
      before = what();
      for (let turn = 0; turn < 50; turn++) await later();
    }
    return before;
  };
  t.ok((await stands(() => server.socket.writableLength)) > SIZE / 4, 'the server is held up by the transform');
  release();
  await until(() => taken > 0, 'the transform to take something');
  t.ok((await stands(() => taken)) < SIZE / 2, 'the transform is held up by the client');
  client.socket.resume();
  await proxy.flow();
  t.equal(taken, SIZE);
});

t.test('a transform that ends the body early', async (t) => {
  await t.test('of a response: the connection to the server is closed', async (t) => {
    const { client, origin, proxy, url } = await setup(
      t,
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nok');
      },
      { addons: [onResponse(first)] },
    );
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.has('0\r\n\r\n');
    t.equal(client.text, `${CHUNKED}2\r\nok\r\n0\r\n\r\n`);
    const { flow, responseBody } = await proxy.http();
    t.match([flow.error, responseBody, flow.response!.body.complete], [undefined, 'ok', true]);
    await until(() => origin.connections[0]!.ended, 'the connection to the server to be closed');
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.hasBytes(2 * `${CHUNKED}2\r\nok\r\n0\r\n\r\n`.length);
    t.equal(origin.connections.length, 2, "the client's own goes on");
  });
  await t.test('of a request: the rest is read and discarded', async (t) => {
    const { client, origin, proxy, url } = await setup(t, counting('HTTP/1.1 204 No\r\n\r\n'), {
      addons: [onRequest(first)],
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nab`);
    const server = await origin.connection();
    await server.has('0\r\n\r\n');
    client.send(`cdefGET ${url}/2 HTTP/1.1\r\nHost: a\r\n\r\n`);
    await proxy.flow(2);
    t.equal(
      server.text,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n',
    );
    t.equal((await proxy.http()).requestBody, 'ab');
  });
});

t.test('a transform that throws', async (t) => {
  const reported = { error: { message: 'no more' }, addon: 'streaming' };
  await t.test('in a response: the connection is closed before its end', async (t) => {
    const { client, proxy, url } = await setup(
      t,
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok');
      },
      { addons: [onResponse(throwing)] },
    );
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    t.notMatch(await client.whole(), /0\r\n\r\n$/);
    const { flow, responseBody } = await proxy.http();
    t.match(flow.error?.message, /^A transform of the body failed: no more/);
    t.equal(responseBody, 'ok', 'what was sent is recorded');
    t.match(proxy.hookErrors, [{ ...reported, hook: 'responseHeaders' }]);
  });
  await t.test('in a request, before there is a response: 502', async (t) => {
    const { client, proxy, url } = await setup(t, () => {}, { addons: [onRequest(throwing)] });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nok`);
    await client.has('</html>');
    t.match(client.text, /^HTTP\/1\.1 502 /);
    const { flow } = await proxy.http();
    t.match(flow.error?.message, /^A transform of the body failed: no more/);
    t.match(proxy.hookErrors, [{ ...reported, hook: 'requestHeaders' }]);
  });
  await t.test('in a message that is held: 502', async (t) => {
    for (const addon of [
      { ...onRequest(throwing), request: () => {} },
      { ...onResponse(throwing), response: () => {} },
    ]) {
      const { got, proxy } = await through(t, addon, 'POST URL/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok');
      t.match(got, /^HTTP\/1\.1 502 /);
      t.match((await proxy.http()).flow.error?.message, /no more/);
    }
  });
  await t.test('a transform that yields neither bytes nor text', async (t) => {
    const { proxy } = await through(t, onResponse((() => [7]) as unknown as BodyTransformer), GET);
    t.match((await proxy.http()).flow.error?.message, /has to hand out bytes or text, not number/);
  });
});

t.test('what ends a transform', async (t) => {
  /** Notes how it ended, and waits for ever between. */
  const stuck = (seen: string[]): Addon =>
    onResponse(async function* (chunks) {
      try {
        for await (const chunk of chunks) yield chunk;
      } catch (error) {
        seen.push((error as Error).message);
        throw error;
      } finally {
        seen.push('ended');
      }
    });
  await t.test('the server disconnects: received data is forwarded, without an end', async (t) => {
    const seen: string[] = [];
    const { client, proxy, url } = await setup(
      t,
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok');
      },
      { addons: [stuck(seen)] },
    );
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.whole();
    const { flow, responseBody } = await proxy.http();
    t.match(flow.error?.message, /2 bytes of the body missing/);
    t.match([responseBody, flow.response!.body.complete], ['ok', false]);
    t.match(seen, [/missing/, 'ended']);
  });
  await t.test('a transform that catches the error does not complete the body', async (t) => {
    const hiding = onResponse(async function* (chunks) {
      try {
        yield* chunks;
      } catch {
        yield '...';
      }
    });
    const { client, proxy, url } = await setup(
      t,
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok');
      },
      { addons: [hiding] },
    );
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.whole();
    t.notMatch(client.text, /0\r\n\r\n$/);
    t.match((await proxy.http()).flow.error?.message, /missing/);
  });
  await t.test('the client disconnects', async (t) => {
    const seen: string[] = [];
    const { client, proxy, url } = await setup(
      t,
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok');
      },
      { addons: [stuck(seen)] },
    );
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.has('ok');
    client.reset();
    t.match((await proxy.http()).flow.error?.message, /Client disconnected/);
    await until(() => seen.includes('ended'), 'the transform to end');
  });
  await t.test('the client disconnects while the transform awaits another promise', async (t) => {
    const waiting = onResponse(() => ({
      async *[Symbol.asyncIterator]() {
        yield 'x';
        await new Promise(() => {});
      },
    }));
    const { client, proxy, url } = await setup(
      t,
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok');
      },
      { addons: [waiting] },
    );
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.has('x');
    client.reset();
    t.match((await proxy.http()).flow.error?.message, /Client disconnected/);
  });
  await t.test('the flow is killed', async (t) => {
    const addon: Addon = {
      responseHeaders: (flow) =>
        flow.response!.body.transform(async function* (chunks) {
          for await (const chunk of chunks) {
            flow.kill();
            yield chunk;
          }
        }),
    };
    const { client, proxy, url } = await setup(
      t,
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok');
      },
      { addons: [addon] },
    );
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    t.equal((await proxy.http()).flow.error?.message, 'Connection killed.');
  });
});

t.test('an upload whose client waits for a 100', async (t) => {
  const { client, proxy, url } = await setup(
    t,
    async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send('HTTP/1.1 100 Continue\r\n\r\n');
      await wire.has('0\r\n\r\n');
      wire.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    },
    { addons: [onRequest(upper)] },
  );
  client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
  await client.has('HTTP/1.1 100 Continue\r\n\r\n');
  client.send('hello');
  await client.has('ok');
  t.match([(await proxy.http()).requestBody, proxy.ended.length], ['HELLO', 1]);
});

t.test('an answer during the upload', async (t) => {
  const script = (close: string) => async (wire: Parameters<Parameters<typeof setup>[1] & object>[0]) => {
    await wire.has('AB');
    wire.send(`HTTP/1.1 200 OK\r\n${close}Content-Length: 2\r\n\r\nok`);
  };
  await t.test('the server reads the rest', async (t) => {
    const { client, origin, proxy, url } = await setup(t, script(''), { addons: [onRequest(upper)] });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab`);
    await client.has('ok');
    client.send('cd');
    await origin.connections[0]!.has('0\r\n\r\n');
    t.match([(await proxy.http()).requestBody], ['ABCD']);
  });
  await t.test('the server stops reading', async (t) => {
    const { client, proxy, url } = await setup(t, script('Connection: close\r\n'), { addons: [onRequest(upper)] });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab`);
    await client.has('ok');
    const { flow, requestBody } = await proxy.http();
    t.match([flow.error, requestBody], [undefined, 'AB']);
  });
});

t.test('a transform that is set too late', async (t) => {
  const addon: Addon = {
    responseHeaders: ({ response }) => {
      response!.stream = true;
    },
    response: ({ response }) => response!.body.transform(upper),
  };
  const { got, proxy } = await through(t, addon, GET);
  t.match(got, /\r\n\r\nok$/);
  t.match(proxy.hookErrors, [{ error: { code: 'ERR_TRANSFORM_TOO_LATE' }, hook: 'response' }]);
});

t.test('memory is freed', async (t) => {
  const { client, proxy, url } = await setup(t, counting('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 2), {
    addons: [{ ...onResponse(upper), response: () => {} }],
  });
  client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
  await proxy.flow();
  t.equal(proxy.spool.inMemory, 0);
});

/** The content of a body in chunks. */
function chunksOf(message: string): Buffer {
  let at = message.indexOf('\r\n\r\n') + 4;
  const pieces: string[] = [];
  for (;;) {
    const end = message.indexOf('\r\n', at);
    const size = Number.parseInt(message.slice(at, end), 16);
    if (end < 0 || !size) break;
    pieces.push(message.slice(end + 2, end + 2 + size));
    at = end + 4 + size;
  }
  return Buffer.from(pieces.join(''), 'latin1');
}
