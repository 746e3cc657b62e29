import { tmpdir } from 'node:os';
import zlib from 'node:zlib';
import t from 'tap';
import { Body, BodyMissingError, type ByteSource } from '../../../src/flow/body/body.js';
import { ContentCodingError } from '../../../src/flow/body/content-coding.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { request, response } from '../message/messages.js';

const small = () => new SpoolPolicy({ dir: tmpdir(), memoryPerBody: 16 });
const large = () => new SpoolPolicy();

function filled(content: string | Buffer, headers: Record<string, string> = {}, policy: SpoolPolicy = large()): Body {
  const body = new Body(Headers.from(headers));
  body.keepIn(policy);
  const bytes = Buffer.from(content as string);
  for (let at = 0; at < bytes.length; at += 10) body.append(bytes.subarray(at, at + 10));
  body.complete = true;
  return body;
}

t.test('an empty body can always be read', async (t) => {
  const body = new Body(new Headers());
  t.same([body.kept, body.size, body.complete, body.changed, body.stored], [true, 0, false, false, undefined]);
  t.equal((await body.bytes()).length, 0);
  t.equal((await body.rawBytes()).length, 0);
  t.equal(await body.text(), '');
  await t.rejects(body.json(), SyntaxError);
  body.release();
});

t.test('a body that is not kept is only counted', async (t) => {
  const body = new Body(Headers.from({ 'content-encoding': 'gzip' }));
  body.append(Buffer.from('hello'));
  body.keepIn(large());
  body.append(Buffer.from('hello'));
  t.same([body.kept, body.size, body.stored], [false, 10, undefined], 'too late for the first half, so not at all');
  for (const ask of [
    () => body.bytes(),
    () => body.rawBytes(),
    () => body.text(),
    () => body.json(),
    () => body.rawChunks().next(),
  ]) {
    await t.rejects(ask(), BodyMissingError);
  }
  t.equal(await body.load(10), false);
  t.equal(body.loaded, undefined);
});

t.test('in memory or on disk, it reads the same', async (t) => {
  for (const policy of [small(), large()]) {
    const text = '{"greeting":"Grüß Gott"}'.padEnd(1000);
    const zipped = zlib.gzipSync(text);
    for (const [bytes, headers] of [
      [Buffer.from(text), {}],
      [zipped, { 'Content-Encoding': 'gzip' }],
      [Buffer.from(text, 'latin1'), { 'Content-Type': 'text/plain; charset="ISO-8859-1"' }],
    ] as const) {
      const body = filled(bytes, headers, policy);
      t.equal(body.size, bytes.length);
      t.same(await body.rawBytes(), bytes);
      t.same(await body.rawBytes(7), bytes.subarray(0, 7));
      t.equal(await body.text(), text);
      t.equal((await body.text(5)).length, 5);
      t.same(await body.json(), { greeting: 'Grüß Gott' });
      const chunks: Buffer[] = [];
      for await (const chunk of body.rawChunks()) chunks.push(chunk);
      t.same(Buffer.concat(chunks), bytes);
      body.release();
    }
    t.equal(policy.inMemory, 0);
  }
});

t.test('charsets', async (t) => {
  const cases: [type: string, bytes: number[], text: string][] = [
    ['text/plain', [0xc3, 0xa4], 'ä'],
    ['text/plain', [0xff], '\ufffd'],
    ['text/plain; charset=utf-8', [0xc3, 0xa4], 'ä'],
    ['text/plain;charset=windows-1252', [0xe4], 'ä'],
    ['text/plain; CHARSET = "latin1"; x=y', [0xe4], 'ä'],
    ['text/plain; charset=utf-16le', [0xe4, 0], 'ä'],
    ['text/plain; charset=klingon', [0xc3, 0xa4], 'ä'],
  ];
  for (const [type, bytes, text] of cases)
    t.equal(await filled(Buffer.from(bytes), { 'content-type': type }).text(), text, type);
});

t.test('bytes that do not decode', async (t) => {
  for (const headers of [{ 'content-encoding': 'gzip' }, { 'content-encoding': 'foo' }]) {
    for (const policy of [small(), large()]) {
      const body = filled('this is nothing of the kind', headers, policy);
      await t.rejects(body.bytes(), ContentCodingError);
      t.equal((await body.rawBytes()).toString(), 'this is nothing of the kind');
      t.equal(await body.load(100), false);
      t.equal(body.loaded?.toString(), 'this is nothing of the kind', 'filters see it as it is');
      body.release();
    }
  }
});

t.test('load, up to a limit', async (t) => {
  for (const policy of [small(), large()]) {
    for (const headers of [{}, { 'content-encoding': 'gzip' }] as Record<string, string>[]) {
      const content = 'a'.repeat(100);
      const body = filled(headers['content-encoding'] ? zlib.gzipSync(content) : content, headers, policy);
      for (const [limit, more] of [
        [99, true],
        [100, false],
        [0, true],
      ] as const) {
        t.equal(await body.load(limit), more, `limit ${limit}`);
        t.equal(body.loaded?.toString(), content.slice(0, limit));
        body.loaded = undefined;
      }
      body.release();
    }
  }
});

t.test('other content', async (t) => {
  const policy = large();
  const headers = Headers.from({ 'Content-Length': '99' });
  const body = new Body(headers);
  body.keepIn(policy);
  body.append(Buffer.from('before'));
  await body.load(10);
  body.set('Grüß Gott');
  t.equal(policy.inMemory, 0, 'the old content is given back');
  t.same([body.size, body.complete, body.changed, body.kept, body.loaded], [11, true, true, true, undefined]);
  t.equal(await body.text(), 'Grüß Gott');
  t.equal(headers.get('content-length'), '11', 'the length follows');
  body.set('');
  t.same([body.size, (await body.bytes()).length], [0, 0]);
  body.release();
});

t.test('other content is encoded as the headers say', async (t) => {
  for (const encoding of ['gzip', 'deflate', 'br', 'gzip, br']) {
    const headers = Headers.from({ 'Content-Encoding': encoding });
    const body = new Body(headers);
    body.set('hello');
    t.not((await body.rawBytes()).toString(), 'hello', encoding);
    t.equal(await body.text(), 'hello');
    t.equal(headers.changed, false);
  }
  const headers = Headers.from({ 'Content-Encoding': 'foo', A: '1' });
  const body = new Body(headers);
  body.set('hello');
  t.equal((await body.rawBytes()).toString(), 'hello');
  t.equal(headers.bytes.toString(), 'A: 1\r\n', 'what cannot be done is not claimed');
});

t.test('content of a file', async (t) => {
  let released = 0;
  const source: ByteSource = {
    size: 5,
    buffer: undefined,
    async *read() {
      yield Buffer.from('hel');
      yield Buffer.from('lo');
    },
    release: () => released++,
  };
  const body = Body.of(new Headers(), source, 5, true);
  t.same([body.size, body.complete, body.kept, body.stored === source], [5, true, true, true]);
  t.equal(await body.text(), 'hello');
  t.equal(await body.text(3), 'hel');
  body.release();
  t.equal(released, 1);
  const missing = Body.of(new Headers(), undefined, 5, true);
  t.equal(missing.kept, false);
  await t.rejects(missing.bytes(), BodyMissingError);
});

t.test('a full disk is reported as such, not as damaged content', async (t) => {
  for (const headers of [{}, { 'content-encoding': 'gzip' }, { 'content-encoding': 'gzip, br' }] as Record<
    string,
    string
  >[]) {
    const body = new Body(Headers.from(headers));
    body.keepIn(new SpoolPolicy({ dir: '/no/such/folder', memoryPerBody: 4 }));
    t.equal(body.append(Buffer.from('hello')), false);
    await t.rejects(body.drained(), { code: 'ENOENT' });
    await t.rejects(body.bytes(), { code: 'ENOENT' });
    await t.rejects(body.load(100), { code: 'ENOENT' });
    body.release();
  }
});

t.test('other content fits the framing, and nothing else changes', async (t) => {
  const cases: [block: string, version: string, before: string, after: string, expected: string][] = [
    ['A:1\r\nContent-Length:3\r\n', 'HTTP/1.1', 'old', 'other', 'A:1\r\nContent-Length: 5\r\n'],
    ['Content-Length:3\r\n', 'HTTP/1.1', 'old', 'new', 'Content-Length:3\r\n'],
    ['Content-Length:3\r\n', 'HTTP/1.1', 'old', '', 'Content-Length: 0\r\n'],
    ['Content-Length:3\r\n', 'HTTP/1.1', '', '', 'Content-Length:3\r\n'],
    ['transfer-encoding:chunked\r\n', 'HTTP/1.1', 'old', 'other', 'transfer-encoding:chunked\r\n'],
    ['A:1\r\n', 'HTTP/1.1', '', 'x', 'A:1\r\nContent-Length: 1\r\n'],
    ['A:1\r\n', 'HTTP/1.1', '', '', 'A:1\r\n'],
    ['a:1\r\n', 'HTTP/2.0', '', 'x', 'a:1\r\n'],
    ['content-length:1\r\n', 'HTTP/2.0', 'o', 'xyz', 'content-length: 3\r\n'],
  ];
  for (const [block, httpVersion, before, after, expected] of cases) {
    const message = request('/', block, before, { httpVersion });
    message.body.set(after);
    t.equal(String(message.headers.bytes), expected);
    t.equal(message.headers.changed, block !== expected);
  }
  const open = response('A:1\r\n', 'old');
  open.body.set('other');
  t.equal(String(open.headers.bytes), 'A:1\r\n', 'a response may end with its connection');
});

t.test('text and JSON are written in the charset and coding of the message', async (t) => {
  for (const coding of ['', 'gzip', 'deflate', 'br', 'identity', 'unknown']) {
    for (const charset of ['', '; charset=latin1', '; charset=utf-16le']) {
      const type = `Content-Type: application/json${charset}\r\n`;
      const field = coding && `Content-Encoding: ${coding}\r\n`;
      const message = response(`${type}${field}`);
      message.body.setJson({ a: 'ä' }, 1);
      t.equal(await message.body.text(), '{\n "a": "ä"\n}', coding + charset);
      message.body.setText('ö');
      t.equal(await message.body.text(), 'ö');
      t.equal(String(message.headers.bytes), coding === 'unknown' ? type : type + field);
    }
  }
  const message = response('Content-Type: text/plain; charset=latin1; a=b\r\n');
  message.body.setText('Ж');
  t.equal(message.headers.get('content-type'), 'text/plain; charset=utf-8; a=b');
  t.equal(await message.body.text(), 'Ж');
  for (const value of [undefined, () => 1, Symbol('a'), 1n]) t.throws(() => message.body.setJson(value), TypeError);
  message.body.set(Buffer.from('\ufeff{"a":1}'));
  t.same(await message.body.json(), { a: 1 }, 'JSON with a byte order mark');
  message.body.set(new Uint8Array([0xff, 0x61]).subarray(1));
  t.equal(await message.body.text(), 'a');
});
