import zlib from 'node:zlib';
import t from 'tap';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { later } from '../../support/later.js';
import type { Script } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { type Change, PLAIN } from './support.js';

const CHUNKED =
  'HTTP/1.1 200 Fine\r\nA:1\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n';

const zipped = zlib.gzipSync('hello').toString('latin1');

t.test('a response is held or not, and changed or not', async (t) => {
  const nothing: Change = () => {};
  const addTrailers: Change = ({ response }) => {
    response!.trailers = Headers.from({ T: '2' });
  };
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
    [
      'held, with trailers',
      'response',
      addTrailers,
      PLAIN,
      'HTTP/1.1 200 Fine\r\nA:1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 2\r\n\r\n',
    ],
    [
      'held, HEAD, with trailers',
      'response',
      addTrailers,
      'HTTP/1.1 200 Fine\r\nContent-Length: 9\r\n\r\n',
      'HTTP/1.1 200 Fine\r\nContent-Length: 9\r\n\r\n',
      'HEAD',
    ],
    [
      'not held, with trailers',
      'responseHeaders',
      addTrailers,
      PLAIN,
      'HTTP/1.1 200 Fine\r\nA:1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 2\r\n\r\n',
    ],
    [
      'not held, HEAD, with trailers',
      'responseHeaders',
      addTrailers,
      'HTTP/1.1 200 Fine\r\n\r\n',
      'HTTP/1.1 200 Fine\r\n\r\n',
      'HEAD',
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
      'HTTP/1.1 200 Fine\r\nA:1\r\nContent-Length: 5\r\n\r\nhello',
    ],
    [
      'text',
      'response',
      (flow) => flow.response!.body.set('other text'),
      PLAIN,
      'HTTP/1.1 200 Fine\r\nA:1\r\ncontent-length: 10\r\n\r\nother text',
    ],
    [
      'text, early',
      'responseHeaders',
      (flow) => flow.response!.body.set('other text'),
      PLAIN,
      'HTTP/1.1 200 Fine\r\nA:1\r\ncontent-length: 10\r\n\r\nother text',
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
