import zlib from 'node:zlib';
import t from 'tap';
import {
  ContentCodingError,
  collect,
  decodeAtOnce,
  decodeContent,
  decodeStream,
  encodeContent,
  parseContentEncoding,
} from '../../../src/flow/body/content-coding.js';
import { prefixes } from '../../support/cuts.js';
import { Random } from '../../support/random.js';

const TEXT = Buffer.from('Hello, hello, hello, world. '.repeat(200));

const CODED: [name: string, codings: string[], bytes: Buffer][] = [
  ['gzip', ['gzip'], zlib.gzipSync(TEXT)],
  ['x-gzip', ['x-gzip'], zlib.gzipSync(TEXT)],
  ['several members', ['gzip'], Buffer.concat([zlib.gzipSync(TEXT.subarray(0, 99)), zlib.gzipSync(TEXT.subarray(99))])],
  ['deflate with its header', ['deflate'], zlib.deflateSync(TEXT)],
  ['deflate without', ['deflate'], zlib.deflateRawSync(TEXT)],
  ['br', ['br'], zlib.brotliCompressSync(TEXT)],
  ['two', ['gzip', 'br'], zlib.brotliCompressSync(zlib.gzipSync(TEXT))],
  ['three', ['deflate', 'gzip', 'gzip'], zlib.gzipSync(zlib.gzipSync(zlib.deflateRawSync(TEXT)))],
  ['none', [], TEXT],
];

/** By the stream, in pieces of this size. */
function streamed(bytes: Buffer, codings: string[], size: number, limit?: number): Promise<Buffer> {
  const pieces = function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  return collect(decodeStream(pieces(), codings), limit);
}

t.test('names of codings', async (t) => {
  const cases: [value: string | undefined, codings: string[]][] = [
    [undefined, []],
    ['', []],
    ['identity', []],
    ['gzip', ['gzip']],
    [' GZip ,, br\t', ['gzip', 'br']],
    ['gzip, identity', ['gzip']],
  ];
  for (const [value, codings] of cases) t.same(parseContentEncoding(value), codings);
});

t.test('decoding, whole and in pieces, with and without a limit', async (t) => {
  for (const [name, codings, bytes] of CODED) {
    t.same(await decodeContent(bytes, codings), TEXT, name);
    for (const limit of [0, 1, 1000, TEXT.length, TEXT.length + 1]) {
      const expected = TEXT.subarray(0, limit);
      t.same(await decodeContent(bytes, codings, limit), expected, `${name}, limit ${limit}`);
      t.same(await streamed(bytes, codings, 100, limit), expected, `${name}, stream, limit ${limit}`);
    }
    for (const size of [1, 7, 1 << 20])
      t.same(await streamed(bytes, codings, size), TEXT, `${name}, ${size} at a time`);
    t.same(await decodeContent(Buffer.alloc(0), codings), Buffer.alloc(0), 'nothing');
    t.same(await streamed(Buffer.alloc(0), codings, 1), Buffer.alloc(0));
  }
});

t.test('truncated content is decoded as far as possible', async (t) => {
  const text = Buffer.from('Hello, hello, hello, world. '.repeat(4));
  for (const [name, codings, bytes] of [
    ['gzip', ['gzip'], zlib.gzipSync(text)],
    ['deflate', ['deflate'], zlib.deflateSync(text)],
    ['raw deflate', ['deflate'], zlib.deflateRawSync(text)],
    ['br', ['br'], zlib.brotliCompressSync(text)],
  ] as const) {
    for (const prefix of prefixes(bytes)) {
      const whole = await decodeContent(prefix, [...codings]).catch((error) => String(error));
      const piecewise = await streamed(prefix, [...codings], 16).catch((error) => String(error));
      for (const found of [whole, piecewise]) {
        if (found instanceof Buffer && text.subarray(0, found.length).equals(found)) continue;
        t.fail(`${name}, cut at ${prefix.length} of ${bytes.length}: ${found}`);
      }
    }
    t.ok((await decodeContent(bytes.subarray(0, bytes.length - 1), [...codings])).length > 0, name);
  }
});

t.test('whether the end is missing', async (t) => {
  for (const [name, codings, bytes] of CODED) {
    if (codings.length === 0) continue;
    for (const [size, cut] of [
      [bytes.length, false],
      [bytes.length - 1, true],
      [1, true],
      [0, false],
    ] as const) {
      const part = bytes.subarray(0, size);
      const seen: string[][] = [[], []];
      const atOnce = decodeAtOnce(part, codings, 1 << 20, (coding) => seen[0]!.push(coding));
      const pieces = [part.subarray(0, 9), part.subarray(9)];
      const streamed = await collect(decodeStream(pieces, codings, (coding) => seen[1]!.push(coding)));
      const what = `${name}, ${size} of ${bytes.length}`;
      t.ok(atOnce!.equals(streamed), what);
      for (const found of seen) t.equal(found.includes(codings.at(-1)!), cut, what);
    }
  }
});

t.test('bytes after the end of the coded ones are ignored', async (t) => {
  const tails = ['x', '\r\n', '\0\0', '<!-- cached -->', '\x1f', '\x1f\x8bx', 'x'.repeat(5000)];
  for (const [name, codings, bytes] of CODED) {
    if (codings.length === 0) continue;
    for (const tail of tails) {
      const all = Buffer.concat([bytes, Buffer.from(tail, 'latin1')]);
      const cuts: string[] = [];
      const what = `${name} before ${JSON.stringify(tail.slice(0, 20))}`;
      t.same(
        decodeAtOnce(all, codings, 1 << 20, (coding) => cuts.push(coding)),
        TEXT,
        what,
      );
      for (const size of [1, 100, all.length])
        t.same(await streamed(all, codings, size), TEXT, `${what}, ${size} at a time`);
      t.same(cuts, [], 'nothing is missing');
    }
  }
});

t.test('many members of gzip', async (t) => {
  const members = (count: number): Buffer => Buffer.concat(Array<Buffer>(count).fill(zlib.gzipSync('ab')));
  const junk = Buffer.from('junk');
  const few = Buffer.concat([members(900), junk]);
  t.equal(String(decodeAtOnce(few, ['gzip'], 1 << 20)), 'ab'.repeat(900));
  t.equal(String(await streamed(few, ['gzip'], 1000)), 'ab'.repeat(900));
  const many = members(2000);
  t.equal(String(decodeAtOnce(many, ['gzip'], 1 << 20)), 'ab'.repeat(2000));
  for (const size of [7, 1000, many.length]) t.equal(String(await streamed(many, ['gzip'], size)), 'ab'.repeat(2000));
  // Each member that is looked at takes time.
  t.throws(() => decodeAtOnce(Buffer.concat([many, junk]), ['gzip'], 1 << 20), ContentCodingError);
  await t.rejects(streamed(Buffer.concat([many, junk]), ['gzip'], 1000), ContentCodingError);
});

t.test('all headers of gzip', async (t) => {
  const plain = zlib.gzipSync(TEXT);
  const header = (flags: number, fields: string): Buffer => {
    const begin = Buffer.from(plain.subarray(0, 10));
    begin[3] = flags;
    return Buffer.concat([begin, Buffer.from(fields, 'latin1'), plain.subarray(10)]);
  };
  const cases: [name: string, bytes: Buffer][] = [
    ['a name', header(8, 'name\0')],
    ['a comment', header(16, 'comment\0')],
    ['extra fields', header(4, '\x04\0abcd')],
    ['extra fields, a name and a comment', header(28, '\x01\0an\0c\0')],
  ];
  for (const [name, bytes] of cases) {
    for (const tail of ['', 'x']) {
      const all = Buffer.concat([bytes, Buffer.from(tail)]);
      t.same(decodeAtOnce(all, ['gzip'], 1 << 20), TEXT, name);
      for (const size of [1, 11, all.length]) t.same(await streamed(all, ['gzip'], size), TEXT, name);
    }
  }
});

const NONSENSE = Buffer.alloc(64, 0xff);

t.test('content that does not match its coding', async (t) => {
  for (const codings of [['gzip'], ['br'], ['deflate'], ['br', 'gzip']]) {
    await t.rejects(decodeContent(NONSENSE, codings), ContentCodingError, codings.join());
    await t.rejects(streamed(NONSENSE, codings, 3), ContentCodingError);
  }
  for (const codings of [['foo'], ['gzip', 'foo'], ['foo', 'gzip'], ['compress']]) {
    await t.rejects(decodeContent(zlib.gzipSync(TEXT), codings), ContentCodingError, codings.join());
    await t.rejects(streamed(zlib.gzipSync(TEXT), codings, 30), ContentCodingError);
  }
});

t.test('damaged bytes give content or an error of ours', async (t) => {
  const random = new Random(7);
  for (const [, codings, bytes] of CODED) {
    for (let round = 0; round < 40; round++) {
      const damaged = Buffer.from(bytes);
      damaged[random.below(damaged.length)] = random.below(256);
      for (const found of [decodeContent(damaged, codings, 100_000), streamed(damaged, codings, 1000, 100_000)]) {
        const error = await found.then(
          () => undefined,
          (error) => error,
        );
        if (error && !(error instanceof ContentCodingError)) t.fail(String(error));
      }
    }
  }
  t.pass();
});

t.test('a small body that grows without end is not unpacked beyond the limit', async (t) => {
  const bomb = zlib.gzipSync(Buffer.alloc(50 * 1024 * 1024));
  t.equal((await decodeContent(bomb, ['gzip'], 1000)).length, 1000);
  const twice = zlib.gzipSync(bomb);
  t.equal((await decodeContent(twice, ['gzip', 'gzip'], 1000)).length, 1000);
});

t.test('encoding is undone by decoding', async (t) => {
  for (const codings of [[], ['gzip'], ['x-gzip'], ['deflate'], ['br'], ['gzip', 'br', 'deflate']]) {
    const coded = encodeContent(TEXT, codings);
    t.equal(coded.equals(TEXT), codings.length === 0);
    t.same(await decodeContent(coded, codings), TEXT, codings.join());
  }
  t.throws(() => encodeContent(TEXT, ['foo']), ContentCodingError);
});

t.test('a reader that stops early stops its source', async (t) => {
  let stopped = false;
  const source = async function* () {
    try {
      for (;;) yield zlib.gzipSync(TEXT);
    } finally {
      stopped = true;
    }
  };
  t.equal((await collect(decodeStream(source(), ['gzip']), 100)).length, 100);
  t.equal(stopped, true);
});
