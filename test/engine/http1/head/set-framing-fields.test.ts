import t from 'tap';
import type { Framing } from '../../../../src/engine/http/wire.js';
import { setFramingFields } from '../../../../src/engine/http1/head/set-framing-fields.js';
import { Headers } from '../../../../src/flow/http/headers.js';

const NONE: Framing = { kind: 'none' };
const CHUNKED: Framing = { kind: 'chunked' };
const CLOSE: Framing = { kind: 'close' };
const FIVE: Framing = { kind: 'length', length: 5 };
const TE = 'transfer-encoding: chunked\r\n';

/** `whole` is the size of a held body. `X` is added to all headers, because an addon has changed them. */
const CHANGED_HEADERS: [
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
  for (const [name, before, framing, whole, request, response = request, chunk = false] of CHANGED_HEADERS) {
    for (const isResponse of [false, true]) {
      const headers = new Headers(Buffer.from(before.replace('X: 1\r\n', '')));
      headers.append('X', '1');
      const oneChunk = setFramingFields(
        headers,
        framing,
        whole === undefined ? undefined : { size: whole },
        isResponse,
      );
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
    t.equal(setFramingFields(headers, framing, { size, trailers: true }), chunk, name);
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
    setFramingFields(headers, framing, whole);
    t.equal(headers.changed, false, `${JSON.stringify(block)} ${framing.kind}`);
  }
});
