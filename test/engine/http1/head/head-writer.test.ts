import t from 'tap';
import type { Framing } from '../../../../src/engine/http/wire.js';
import { parseHead } from '../../../../src/engine/http1/head/head.js';
import {
  agreeOnFraming,
  forwardedBlock,
  forwardedResponseBlock,
  requestHead,
  responseHead,
} from '../../../../src/engine/http1/head/head-writer.js';
import { Headers } from '../../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../../src/flow/http/http-response.js';

const headOf = (block: string) => parseHead(Buffer.from(`-\r\n${block}\r\n`, 'latin1'), 0, true)!;

t.test('hop-by-hop fields of the client are not forwarded', async (t) => {
  const cases: [block: string, forwarded: string][] = [
    ['A:1\r\nb: 2 \r\n', 'A:1\r\nb: 2 \r\n'],
    ['A: 1\r\nProxy-Connection: keep-alive\r\nB: 2\r\n', 'A: 1\r\nB: 2\r\n'],
    ['proxy-authorization: x\r\n y\r\nB: 2\r\n', 'B: 2\r\n'],
    ['PROXY-X:1\r\n', ''],
    ['X-Proxy: 1\r\nProxy: 2\r\nProxy-A: 3\r\n', 'X-Proxy: 1\r\nProxy: 2\r\n'],
    ['Upgrade: websocket\r\nConnection: Upgrade\r\n', 'Upgrade: websocket\r\nConnection: Upgrade\r\n'],
    ['A: 1\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nConnection: Upgrade, HTTP2-Settings\r\n', 'A: 1\r\n'],
    [
      'Connection: keep-alive, Upgrade , http2-settings\r\nupgrade: H2C\r\nhttp2-settings: AA\r\n',
      'Connection: keep-alive\r\n',
    ],
    ['Upgrade: h2c, foo\r\nConnection: Upgrade\r\n', ''],
    ['Content-Length: 5\r\nA: 1\r\ncontent-length : 5 \r\n', 'Content-Length: 5\r\nA: 1\r\n'],
    // They are refused, and recorded as they came.
    ['Content-Length: 5\r\nContent-Length: 6\r\n', 'Content-Length: 5\r\nContent-Length: 6\r\n'],
    // Of a head that is refused, what is no field either.
    [' Proxy-Authorization: x\r\nA: 1\r\n', 'A: 1\r\n'],
    ['Proxy-Authorization x\r\nA: 1\r\n', 'A: 1\r\n'],
    ['Proxy-Authorization : x\r\nA: 1\r\n', 'A: 1\r\n'],
    ['Upgrade: h2c\r\nConnection:\r\n upgrade,\r\n\tx\r\nA: 1\r\n', 'Connection: x\r\nA: 1\r\n'],
    ['Upgrade: h2c\r\nConnection:close\r\n', 'Connection:close\r\n'],
    ['Upgrade: h2c2\r\nConnection: Upgrade\r\n', 'Upgrade: h2c2\r\nConnection: Upgrade\r\n'],
  ];
  for (const [block, forwarded] of cases) {
    const head = headOf(block);
    const found = forwardedBlock(head, undefined);
    t.equal(found.toString('latin1'), forwarded, JSON.stringify(block));
    t.equal(
      found === head.block,
      block === forwarded && head.contentLength.length < 2,
      'not copied if it goes on whole',
    );
  }
  t.equal(
    forwardedBlock(headOf('A: 1\r\nProxy-A: \xff\r\nB: \xfe\r\n'), 'h:1').toString('latin1'),
    'Host: h:1\r\nA: 1\r\nB: \xfe\r\n',
  );
});

t.test('nor are those of servers for proxies', async (t) => {
  const head = headOf('A: 1\r\nUpgrade: h2c\r\nProxy-Authenticate: Basic\r\nB: 2\r\n');
  t.equal(forwardedResponseBlock(head).toString(), 'A: 1\r\nUpgrade: h2c\r\nB: 2\r\n');
  const twice = headOf('A: 1\r\nContent-Length: 2\r\nContent-Length: 2\r\n');
  t.equal(forwardedResponseBlock(twice).toString(), 'A: 1\r\nContent-Length: 2\r\n');
  const plain = headOf('A: 1\r\n');
  t.equal(forwardedResponseBlock(plain), plain.block);
});

t.test('heads', async (t) => {
  const headers = new Headers(Buffer.from('A:\xff\r\n', 'latin1'));
  const parts = { scheme: 'http', host: 'h', port: 80, authority: 'h', headers };
  const request = new HttpRequest({ ...parts, method: 'x', path: '/\xe4', httpVersion: 'HTTP/1.0' });
  t.equal(requestHead(request).toString('latin1'), 'x /\xe4 HTTP/1.0\r\nA:\xff\r\n\r\n');
  const status = (httpVersion: string, statusCode: number, reason: string) =>
    responseHead(new HttpResponse({ httpVersion, statusCode, reason, headers })).toString('latin1');
  t.equal(status('HTTP/1.0', 299, 'Fine \xe4'), 'HTTP/1.0 299 Fine \xe4\r\nA:\xff\r\n\r\n');
});

const NONE: Framing = { kind: 'none' };
const CHUNKED: Framing = { kind: 'chunked' };
const CLOSE: Framing = { kind: 'close' };
const FIVE: Framing = { kind: 'length', length: 5 };
const TE = 'transfer-encoding: chunked\r\n';

/** `whole` is the size of a body that was held; `X` stands for another header, which says that an addon was there. */
const AGREEMENTS: [
  name: string,
  before: string,
  framing: Framing,
  whole: number | undefined,
  after: string,
  response?: string,
  chunk?: true,
][] = [
  ['a stream keeps its length', 'content-length: 5\r\nX: 1\r\n', FIVE, undefined, 'content-length: 5\r\nX: 1\r\n'],
  ['a length that was removed', 'X: 1\r\n', FIVE, undefined, 'X: 1\r\nContent-Length: 5\r\n'],
  ['a length that was altered', 'content-length: 6\r\nX: 1\r\n', FIVE, undefined, 'content-length: 5\r\nX: 1\r\n'],
  ['a length for which chunks were promised', `${TE}X: 1\r\n`, FIVE, undefined, 'X: 1\r\nContent-Length: 5\r\n'],
  ['chunks that stay chunks', `${TE}X: 1\r\n`, CHUNKED, undefined, `${TE}X: 1\r\n`],
  ['chunks whose header was removed', 'X: 1\r\n', CHUNKED, undefined, 'X: 1\r\nTransfer-Encoding: chunked\r\n'],
  [
    'chunks for which a length was promised',
    'Content-Length: 3\r\nX: 1\r\n',
    CHUNKED,
    undefined,
    'X: 1\r\nTransfer-Encoding: chunked\r\n',
  ],
  [
    'chunks of compressed content',
    'Transfer-Encoding: gzip, chunked\r\nX: 1\r\n',
    CHUNKED,
    undefined,
    'Transfer-Encoding: gzip, chunked\r\nX: 1\r\n',
  ],
  ['no body', 'X: 1\r\n', NONE, undefined, 'X: 1\r\n', 'X: 1\r\nContent-Length: 0\r\n'],
  ['no body, but a promise', 'content-length: 7\r\nX: 1\r\n', NONE, undefined, 'content-length: 0\r\nX: 1\r\n'],
  ['no body, but chunks promised', `${TE}X: 1\r\n`, NONE, undefined, 'X: 1\r\n', 'X: 1\r\nContent-Length: 0\r\n'],
  ['until the end', 'X: 1\r\n', CLOSE, undefined, 'X: 1\r\n'],
  ['until the end, but a promise', 'content-length: 7\r\nX: 1\r\n', CLOSE, undefined, 'X: 1\r\n'],
  ['until the end, but chunks promised', `${TE}X: 1\r\n`, CLOSE, undefined, 'X: 1\r\n'],
  [
    'until the end, compressed',
    'transfer-encoding: gzip\r\nX: 1\r\n',
    CLOSE,
    undefined,
    'transfer-encoding: gzip\r\nX: 1\r\n',
  ],
  ['held, with a length', 'content-length: 5\r\nX: 1\r\n', FIVE, 9, 'content-length: 9\r\nX: 1\r\n'],
  ['held and emptied', 'content-length: 5\r\nX: 1\r\n', FIVE, 0, 'content-length: 0\r\nX: 1\r\n'],
  ['held, in chunks', `${TE}X: 1\r\n`, CHUNKED, 9, `${TE}X: 1\r\n`, undefined, true],
  ['held, in chunks no more', 'X: 1\r\n', CHUNKED, 9, 'X: 1\r\nContent-Length: 9\r\n'],
  ['held, until the end', 'X: 1\r\n', CLOSE, 9, 'X: 1\r\nContent-Length: 9\r\n'],
  ['held, no body', 'X: 1\r\n', NONE, 0, 'X: 1\r\n', 'X: 1\r\nContent-Length: 0\r\n'],
  ['held, a body where there was none', 'X: 1\r\n', NONE, 9, 'X: 1\r\nContent-Length: 9\r\n'],
];

t.test('the framing fields match the body', async (t) => {
  for (const [name, before, framing, whole, request, response = request, chunk = false] of AGREEMENTS) {
    for (const isResponse of [false, true]) {
      const headers = new Headers(Buffer.from(before.replace('X: 1\r\n', '')));
      headers.append('X', '1');
      const oneChunk = agreeOnFraming(headers, framing, whole === undefined ? undefined : { size: whole }, isResponse);
      t.equal(headers.bytes.toString(), before.includes('X') ? (isResponse ? response : request) : '', name);
      t.equal(oneChunk, chunk);
    }
  }
});

t.test('a held message with trailers is sent in chunks', async (t) => {
  const cases: [name: string, before: string, framing: Framing, size: number, after: string, chunk: boolean][] = [
    ['a length', 'Content-Length: 5\r\n', FIVE, 5, 'Transfer-Encoding: chunked\r\n', true],
    ['a length, and chunks by an addon', TE, FIVE, 5, TE, true],
    ['until the end', '', CLOSE, 5, 'Transfer-Encoding: chunked\r\n', true],
    ['a body where there was none', '', NONE, 5, 'Transfer-Encoding: chunked\r\n', true],
    ['chunks', TE, CHUNKED, 5, TE, true],
    ['chunks no more', '', CHUNKED, 5, 'Content-Length: 5\r\n', false],
    ['a request without a body', '', NONE, 0, '', false],
  ];
  for (const [name, before, framing, size, after, chunk] of cases) {
    const headers = new Headers(Buffer.from(before));
    t.equal(agreeOnFraming(headers, framing, { size, trailers: true }), chunk, name);
    t.equal(headers.bytes.toString(), after, name);
  }
});

t.test('unchanged headers keep their bytes', async (t) => {
  for (const [block, framing, whole] of [
    ['content-length: 5\r\n', FIVE, undefined],
    ['content-length: 5\r\n', FIVE, { size: 5 }],
    ['Content-Length: 5\r\nContent-Length: 5\r\n', FIVE, undefined],
    [TE, CHUNKED, undefined],
    [TE, CHUNKED, { size: 5 }],
    ['', NONE, undefined],
    ['', NONE, { size: 0 }],
    ['', CLOSE, undefined],
  ] as const) {
    const headers = new Headers(Buffer.from(block));
    agreeOnFraming(headers, framing, whole);
    t.equal(headers.changed, false, `${JSON.stringify(block)} ${framing.kind}`);
  }
});
