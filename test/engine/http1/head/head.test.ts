import type { Test } from 'tap';
import t from 'tap';
import { type Head, mayEndHead, parseHead } from '../../../../src/engine/http1/head/head.js';
import { parseRequestLine, parseStatusLine } from '../../../../src/engine/http1/head/start-line.js';
import { Http1Reader } from '../../../../src/engine/http1/reader.js';
import { cuts, flipped, prefixes, randomCuts } from '../../../support/cuts.js';
import { FakeSocket } from '../../../support/fake-socket.js';
import { Random } from '../../../support/random.js';
import { refusal } from '../../../support/refusal.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** What is expected of a head beside its line and block; what is left out is as in an empty head. */
type Facts = Partial<Omit<Head, 'line' | 'block' | 'raw' | 'end'>> & { mended?: string };

/** What a head without fields says. */
const EMPTY = {
  violation: undefined,
  contentLength: [],
  transferEncoding: [],
  connection: '',
  expectContinue: false,
  upgrade: '',
  hosts: 0,
  hasOddHost: false,
  hasProxyFields: false,
};

const GOOD: [name: string, head: string, line: string, facts?: Facts][] = [
  ['no fields', 'GET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1'],
  ['one field', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'GET / HTTP/1.1', { hosts: 1 }],
  ['case, order, duplicates', 'GET / HTTP/1.1\r\nhOsT:a\r\nX-b: 1\r\nx-B: 2\r\n\r\n', 'GET / HTTP/1.1', { hosts: 1 }],
  ['odd spacing', 'GET / HTTP/1.1\r\nA:\t 1 \t\r\nB:\r\nC:2\r\n\r\n', 'GET / HTTP/1.1'],
  [
    'a folded line',
    'GET / HTTP/1.1\r\nA: 1\r\n  2\r\n\t3\r\nB: 4\r\n\r\n',
    'GET / HTTP/1.1',
    { mended: 'A: 1 2 3\r\nB: 4\r\n' },
  ],
  ['a folded line of white space', 'GET / HTTP/1.1\r\nA: 1\r\n \r\n\r\n', 'GET / HTTP/1.1', { mended: 'A: 1 \r\n' }],
  [
    'a folded list',
    'GET / HTTP/1.1\r\nConnection: keep-alive,\r\n close\r\nUpgrade:\r\n\th2c\r\n\r\n',
    'GET / HTTP/1.1',
    {
      mended: 'Connection: keep-alive, close\r\nUpgrade: h2c\r\n',
      connection: 'keep-alive,\r\n close',
      upgrade: 'h2c',
    },
  ],
  ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHOST: a\r\n\r\n', 'GET / HTTP/1.1', { hosts: 2 }],
  ['a host in UTF-8', 'GET / HTTP/1.1\r\nHost: \xc3\xa4\r\n\r\n', 'GET / HTTP/1.1', { hosts: 1, hasOddHost: true }],
  ['a host in per cent', 'GET / HTTP/1.1\r\nHost: %61\r\n\r\n', 'GET / HTTP/1.1', { hosts: 1, hasOddHost: true }],
  ['bytes beyond ASCII', 'GET /\xe4\xff HTTP/1.1\r\nA: \xc3\xa4\xff\x80\r\n\r\n', 'GET /\xe4\xff HTTP/1.1'],
  ['a colon in a value', 'GET / HTTP/1.1\r\nA: b:c\r\n\r\n', 'GET / HTTP/1.1'],
  ['control characters that do no harm', 'GET / HTTP/1.1\r\nA: \x01\x0b\x7f\r\n\r\n', 'GET / HTTP/1.1'],
  ['a status line', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', 'HTTP/1.1 200 OK', { contentLength: ['3'] }],
  [
    'all that matters',
    'POST / HTTP/1.1\r\nHost: a\r\ncontent-LENGTH:5 \r\nTransfer-Encoding: gzip\r\nTransfer-Encoding:\tChunked\r\n' +
      'Connection: Keep-Alive, Upgrade\r\nconnection: X\r\nExpect: 100-Continue\r\nUpgrade: WebSocket\r\n\r\n',
    'POST / HTTP/1.1',
    {
      hosts: 1,
      contentLength: ['5'],
      transferEncoding: ['gzip', 'Chunked'],
      connection: 'keep-alive, upgrade,x',
      expectContinue: true,
      upgrade: 'websocket',
    },
  ],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    'POST / HTTP/1.1',
    { contentLength: ['1', '2'] },
  ],
  ['another expectation', 'POST / HTTP/1.1\r\nExpect: 200-ok\r\n\r\n', 'POST / HTTP/1.1'],
  ['bare LFs', 'GET / HTTP/1.1\nA: 1\n 2\nB: 3\n\n', 'GET / HTTP/1.1', { mended: 'A: 1 2\r\nB: 3\r\n' }],
  ['one bare LF', 'GET / HTTP/1.1\r\nA: 1\nB: 2\r\n\r\n', 'GET / HTTP/1.1', { mended: 'A: 1\r\nB: 2\r\n' }],
  ['a bare LF at the end', 'GET / HTTP/1.1\r\nA: 1\r\n\n', 'GET / HTTP/1.1', { mended: 'A: 1\r\n' }],
];

t.test('valid heads', async (t) => {
  for (const [name, text, line, { mended, ...facts } = {}] of GOOD) {
    const bytes = latin1(`${text}behind`);
    const head = parseHead(bytes, 0, true);
    t.ok(head, name);
    if (!head) continue;
    const block = text.slice(text.indexOf('\n') + 1).replace(/\r?\n$/, '');
    t.match(describe(head), { ...EMPTY, ...facts, line, block: mended ?? block, end: text.length }, name);
    t.equal(head.raw?.toString('latin1'), mended === undefined ? text : undefined, `${name}: raw`);
  }
});

t.test('fields between a client and its proxy', async (t) => {
  const names = [
    'Proxy-Connection',
    'proxy-authorization',
    'PROXY-X',
    'Proxy-Ab',
    'Proxy-Abcd',
    'Proxy-Abcdefgh',
    'Proxy-Abcdefghijk',
  ];
  for (const name of names) {
    t.equal(parseHead(latin1(`GET / HTTP/1.1\r\n${name}: x\r\n\r\n`), 0, true)?.hasProxyFields, true, name);
  }
  for (const name of ['Proxy', 'proxies-', 'X-Proxy-Id', 'Prox-']) {
    t.equal(parseHead(latin1(`GET / HTTP/1.1\r\n${name}: x\r\n\r\n`), 0, true)?.hasProxyFields, false, name);
  }
});

t.test('a value is stripped of spaces and tabs only', async (t) => {
  for (const value of ['\x0bchunked', 'chunked\x0c', '\xa0chunked', 'chunked\x00']) {
    const head = parseHead(latin1(`POST / HTTP/1.1\r\nTransfer-Encoding: ${value}\t \r\n\r\n`), 0, false);
    t.same(head?.transferEncoding, [value], JSON.stringify(value));
  }
});

t.test('empty lines before a request are ignored', async (t) => {
  for (const before of ['\r\n', '\n', '\r\n\r\n', '\n\r\n\n']) {
    const head = parseHead(latin1(`${before}GET / HTTP/1.1\r\nA: 1\r\n\r\n`), 0, true);
    t.equal(head?.line, 'GET / HTTP/1.1');
    t.equal(head?.raw?.toString(), 'GET / HTTP/1.1\r\nA: 1\r\n\r\n');
    t.equal(head?.violation, undefined);
  }
});

const NO_COLON = 'a header line without a colon';

const BAD: [fields: string, violation: string, lenient?: string][] = [
  ['A : 1\r\n', 'white space before the colon of a header'],
  ['A\t: 1\r\n', 'white space before the colon of a header'],
  [' A: 1\r\n', 'a folded line before the first header'],
  [': 1\r\n', 'a header without a name'],
  ['A \t : 1\r\n', 'white space before the colon of a header'],
  ['This is junk: 1\r\n', 'white space in the name of a header'],
  ['A b : 1\r\n', 'white space in the name of a header'],
  ['A\r\n', NO_COLON, NO_COLON],
  ['This is junk\r\n', NO_COLON, NO_COLON],
  ['(junk)\r\n', NO_COLON, NO_COLON],
  ['A\rB\r\n', NO_COLON, NO_COLON],
  ['A\rB: 1\r\n', 'a bare CR in a header'],
  [' junk\r\n', 'a folded line before the first header', NO_COLON],
  ['A\nB: 1\r\n', NO_COLON, NO_COLON],
  ['(A): 1\r\n', 'a header name with the byte 0x28'],
  ['\xe4: 1\r\n', 'a header name with the byte 0xe4'],
  ['A\0: 1\r\n', 'a header name with the byte 0x00'],
  ['A: 1\r2\r\n', 'a bare CR in a header'],
  ['A: 1\r\r\n', 'a bare CR in a header'],
  ['A:\rB: 1\r\n', 'a bare CR in a header'],
  ['A: 1\x002\r\n', 'a NUL byte in a header'],
  ['Content-Length: 1\r\n 2\r\n', 'a folded Content-Length'],
  ['Transfer-Encoding:\r\n chunked\r\n', 'a folded Transfer-Encoding'],
];

t.test('invalid heads are read to their end', async (t) => {
  for (const [fields, violation, lenient] of BAD) {
    const text = `GET / HTTP/1.1\r\nX: y\r\n${fields}Host: a\r\n\r\n`;
    const bytes = latin1(fields.startsWith(' ') ? text.replace('X: y\r\n', '') : text);
    const strict = parseHead(bytes, 0, true);
    t.equal(strict?.violation, violation, JSON.stringify(fields));
    t.equal(strict?.end, bytes.length);
    t.equal(strict?.hosts, 1);
    t.equal(parseHead(bytes, 0, false)?.violation, lenient, 'lenient');
  }
});

t.test('lenient: folded lines without a field are consumed', async (t) => {
  const text = 'POST / HTTP/1.1\r\n Content-Length: 5\r\n\tHost: a\r\nA: 1\r\n\r\n';
  const head = parseHead(latin1(text), 0, false)!;
  t.match(head, { contentLength: [], hosts: 0, raw: undefined, violation: undefined });
  t.equal(head.block.toString(), 'A: 1\r\n');
});

t.test('white space before a colon does not hide a name', async (t) => {
  const head = parseHead(latin1('POST / HTTP/1.1\r\nContent-Length : 5\r\n\r\n'), 0, false);
  t.same(head?.contentLength, ['5']);
});

t.test('request lines', async (t) => {
  const good = [
    ['GET / HTTP/1.1', 'GET', '/', 'HTTP/1.1'],
    ['get / HTTP/1.0', 'get', '/', 'HTTP/1.0'],
    ['GET / HTTP/1.2', 'GET', '/', 'HTTP/1.2'],
    ['GET /a b\rc HTTP/1.1', 'GET', '/a b\rc', 'HTTP/1.1'],
    ['M-SEARCH * HTTP/1.1', 'M-SEARCH', '*', 'HTTP/1.1'],
    ['GET http://a/?q=<>"{}|\\^`\xe4#f HTTP/1.1', 'GET', 'http://a/?q=<>"{}|\\^`\xe4#f', 'HTTP/1.1'],
  ] as const;
  for (const [line, method, target, httpVersion] of good) {
    t.same(parseRequestLine(line), { method, target, httpVersion }, line);
  }
  const bad: [string, number][] = [
    ['', 400],
    ['GET', 400],
    ['GET /', 400],
    ['GET HTTP/1.1', 400],
    [' / HTTP/1.1', 400],
    ['GET  HTTP/1.1', 400],
    ['G(T / HTTP/1.1', 400],
    ['G\rT / HTTP/1.1', 400],
    ['GET / http/1.1', 400],
    ['GET / HTTP/1.1 ', 400],
    ['GET / HTTP/1.1\r', 400],
    ['GET / HTTP/11', 400],
    ['GET / HTTP/2.0', 505],
    ['GET / HTTP/0.9', 505],
    ['HTTP/1.1 200 OK', 400],
  ];
  for (const [line, status] of bad)
    t.match(
      refusal(() => parseRequestLine(line)),
      String(status),
      JSON.stringify(line),
    );
});

t.test('status lines', async (t) => {
  const good = [
    ['HTTP/1.1 200 OK', 'HTTP/1.1', 200, 'OK'],
    ['HTTP/1.0 404 Not  Found ', 'HTTP/1.0', 404, 'Not  Found '],
    ['HTTP/1.1 200', 'HTTP/1.1', 200, ''],
    ['HTTP/1.1 200 ', 'HTTP/1.1', 200, ''],
    ['HTTP/1.1 999 \xe4\t!', 'HTTP/1.1', 999, '\xe4\t!'],
    ['HTTP/1.1 100 Continue', 'HTTP/1.1', 100, 'Continue'],
    ['HTTP/1.1   200 OK', 'HTTP/1.1', 200, 'OK'],
    ['HTTP/2.0 200 OK', 'HTTP/1.1', 200, 'OK'],
    ['HTTP/1.1  200', 'HTTP/1.1', 200, ''],
  ] as const;
  for (const [line, httpVersion, statusCode, reason] of good) {
    t.same(parseStatusLine(line), { httpVersion, statusCode, reason }, line);
  }
  const bad = [
    '',
    'HTTP/1.1',
    'HTTP/1.1 20',
    'HTTP/1.1 2000',
    'HTTP/1.1 099 x',
    'HTTP/1.1  2000 OK',
    'HTTP/1.1  ',
    'HTTP/1.1\t200 OK',
    'HTTP/1.1 200OK',
    'ICY 200 OK',
    'HTTP/2 200',
    'HTTP/3.0 200 OK',
    'HTTP/0.9 200 OK',
    'http/1.1 200 OK',
    'HTTP/1.1 200 a\rb',
    'HTTP/1.1 200 a\0b',
    ' HTTP/1.1 200 OK',
    'SSH-2.0-OpenSSH',
  ];
  for (const line of bad)
    t.match(
      refusal(() => parseStatusLine(line)),
      '502',
      JSON.stringify(line),
    );
});

t.test('no prefix of a head is complete', async (t) => {
  for (const [name, text] of GOOD) {
    for (const prefix of prefixes(latin1(text))) {
      if (parseHead(prefix, 0, true)) t.fail(`${name}, cut at ${prefix.length}`);
      if (mayEndHead(prefix, 0)) t.fail(`${name}, end seen at ${prefix.length}`);
    }
    t.ok(mayEndHead(latin1(text), 0), `${name}: its end is seen`);
  }
});

t.test('a head gives the same result, however it is split', async (t) => {
  for (const [name, text] of [
    ...GOOD,
    ...BAD.map(([fields]) => [fields, `GET / HTTP/1.1\r\n${fields}\r\n`] as const),
  ]) {
    const bytes = latin1(`${text}behind`);
    for (const pieces of cuts(bytes))
      await sameAsWhole(t, bytes, pieces, `${name}, ${pieces.map((piece) => piece.length)}`);
  }
});

t.test('a head with an altered byte gives the same result in one piece and in many', async (t) => {
  const random = new Random(1);
  for (const [name, text] of GOOD) {
    for (const bytes of flipped(latin1(text), [0, 9, 10, 13, 32, 58, 0x80, 65])) {
      await sameAsWhole(t, bytes, randomCuts(bytes, random), name);
    }
  }
});

t.test('random bytes', async (t) => {
  const random = new Random(2);
  const words = [
    'GET',
    ' ',
    '/',
    'HTTP/1.1',
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    ':',
    'Host',
    'Content-Length',
    '\t',
    '\0',
    'a',
    '\xff',
    '5',
  ];
  for (let round = 0; round < 4000; round++) {
    let text = '';
    for (let count = random.below(20); count >= 0; count--) text += random.pick(words);
    const bytes = latin1(text);
    await sameAsWhole(t, bytes, randomCuts(bytes, random), text);
  }
});

function describe(head: Head): Record<string, unknown> {
  const { raw, block, ...rest } = head;
  return { ...rest, block: block.toString('latin1') };
}

/** Reads the pieces by a reader, and compares with the parser that has all bytes at once. */
async function sameAsWhole(t: Test, bytes: Buffer, pieces: Buffer[], what: string): Promise<void> {
  const expected = parseHead(bytes, 0, true);
  const socket = new FakeSocket();
  const reader = new Http1Reader(socket.asSocket, { maxHeaderSize: 1 << 20, strict: true, status: 400 });
  const reading = Promise.resolve(reader.readHead());
  for (const piece of pieces) socket.give(piece);
  socket.giveEnd();
  const found = await reading.then(
    (head) => head,
    (error: Error) => error,
  );
  if (!expected) {
    const empty = /^[\r\n]*$/.test(bytes.toString('latin1'));
    if (empty ? found === undefined : found instanceof Error && found.name === 'ClientGoneError') return;
    t.fail(`${JSON.stringify(what)}: expected none, found ${JSON.stringify(found)}`);
    return;
  }
  const rest = reader.detach().toString('latin1');
  const restExpected = bytes.toString('latin1', expected.end);
  const shape = found && !(found instanceof Error) ? { ...describe(found), end: 0 } : found;
  const same = JSON.stringify(shape) === JSON.stringify({ ...describe(expected), end: 0 });
  if (!same) t.same(shape, { ...describe(expected), end: 0 }, JSON.stringify(what));
  if (rest !== restExpected) t.equal(rest, restExpected, `${JSON.stringify(what)}: what is behind`);
}
