import t from 'tap';
import { redactStream, UnsearchableError } from '../../../src/redact/body/stream.js';
import { Redactor } from '../../../src/redact/index.js';

const redactor = new Redactor({ key: Buffer.from('0123456789abcdef') });

async function redacted(chunks: Iterable<Buffer>, type = 'text/plain', limit = Number.POSITIVE_INFINITY) {
  const found: string[] = [];
  async function* read(): AsyncGenerator<Buffer> {
    yield* chunks;
  }
  const { searcher, replace } = redactor;
  const options = { searcher, replace, type, limit, onFound: (name: string) => void found.push(name) };
  const parts: Buffer[] = [];
  for await (const part of redactStream(read(), options)) parts.push(part);
  return { text: Buffer.concat(parts).toString('latin1'), found };
}

function* pieces(text: string, size: number): Generator<Buffer> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size), 'latin1');
}

const FILLER = 'lorem ipsum dolor sit amet, consetetur sadipscing elitr\n';
const SECRET = '{"access_token": "s3cr3t-value"} ';
const WINDOW = 256 * 1024;

t.test('secrets across the borders of chunks', async (t) => {
  const text = FILLER.repeat(20) + SECRET + FILLER;
  const expected = text.replace('s3cr3t-value', redactor.replace('s3cr3t-value', ''));
  for (const size of [1, 2, 7, 64, 1000]) {
    const result = await redacted(pieces(text, size));
    t.equal(result.text, expected, `chunks of ${size}`);
    t.same(result.found, ['access_token']);
  }
});

t.test('secrets across the borders of windows', async (t) => {
  for (const before of [
    WINDOW - 40,
    WINDOW - 20,
    WINDOW - 16 * 1024 - 20,
    WINDOW - 16 * 1024 - 5,
    2 * WINDOW - 17000,
  ]) {
    const filler = FILLER.repeat(before / FILLER.length + 1).slice(0, before);
    const text = `${filler} ${SECRET}${FILLER.repeat(20_000)}`;
    const result = await redacted(pieces(text, 5000));
    t.equal(result.text, text.replace('s3cr3t-value', redactor.replace('s3cr3t-value', '')), `${before} before`);
    t.same(result.found, ['access_token'], `${before}: counted once`);
  }
});

t.test('a name is not cut', async (t) => {
  // At a border, what is left of `monkey` is `key`.
  const filler = FILLER.repeat(WINDOW / FILLER.length + 1).slice(0, WINDOW - 16 * 1024 - 3);
  const text = `${filler}monkey=abcdefgh12345678 ${FILLER.repeat(1000)}`;
  t.equal((await redacted(pieces(text, 3000))).text, text);
});

t.test('a value that is longer than a window', async (t) => {
  const secret = 'x1'.repeat(400_000);
  const text = `${FILLER.repeat(100)}{"token":"${secret}","a":1}${FILLER}`;
  const result = await redacted(pieces(text, 10_000));
  t.equal(result.text, text.replace(secret, redactor.replace(secret, '')));
  t.same(result.found, ['token']);
});

t.test('many secrets', async (t) => {
  const line = (at: number): string => `${at} password=secret${at} ${FILLER}`;
  const text = Array.from({ length: 20_000 }, (_, at) => line(at)).join('');
  const { text: result, found } = await redacted(pieces(text, 7777));
  t.equal(found.length, 20_000);
  t.notMatch(result, /secret\d/);
  t.equal(result.replace(/\[redacted:[0-9a-f]{6}\]/g, ''), text.replace(/secret\d+/g, ''));
});

t.test('what cannot be searched', async (t) => {
  await t.rejects(redacted(pieces('x'.repeat(100), 10), 'text/plain', 99), UnsearchableError);
  await t.resolves(redacted(pieces('x'.repeat(100), 10), 'text/plain', 100));
  const form = 'application/x-www-form-urlencoded';
  t.match(
    (await redacted(pieces(`${'a=b&'.repeat(200_000)}t%6fken=secret`, 9999), form)).text,
    /&t%6fken=\[redacted:\w+\]$/,
  );
  await t.rejects(redacted(pieces('a=b&'.repeat(5_000_000), 999_999), form), UnsearchableError);
});

t.test('UTF-16', async (t) => {
  const text = '\ufeff{"password":"gehe1m"}';
  const bytes = Buffer.from(text, 'utf16le');
  const { text: result } = await redacted([bytes], 'application/json');
  const expected = text.replace('gehe1m', redactor.replace('gehe1m', ''));
  t.equal(Buffer.from(result, 'latin1').toString('utf16le'), expected);
  const big = await redacted([Buffer.from(bytes).swap16()], 'application/json');
  t.equal(Buffer.from(big.text, 'latin1').swap16().toString('utf16le'), expected);
  for (const charset of ['utf-16', 'UTF-16LE', 'utf16', 'utf_16_le', 'ucs-2', 'unicode']) {
    const named = await redacted([bytes.subarray(2)], `application/json; charset=${charset}`);
    t.equal(Buffer.from(named.text, 'latin1').toString('utf16le'), expected.slice(1), charset);
  }
});
