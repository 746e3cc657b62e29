import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { HttpRequest } from '../../../src/flow/http/http-request.js';
import type { HttpResponse } from '../../../src/flow/http/http-response.js';
import type { Pairs } from '../../../src/flow/message/pairs.js';
import { Random } from '../../support/random.js';
import { block, request, response } from './messages.js';

const ROUNDS = 400;
const PIECES = ['a', 'b=', '=', '&', '+', '%20', '%', '%zz', '%c3%a4', '\xc3\xa4', '\xff', ';', ' ', '"', '\\', '/', '?', ',', 'name', 'filename', '--x', '-', '.', '\t']; // biome-ignore format: a table
const LINES = [
  ...PIECES,
  '\r\n',
  '\n',
  '\r\n--x\r\n',
  '\r\n--x--',
  'Content-Disposition: form-data; name="a"\r\n\r\n',
  '\0',
];

const random = new Random(15);
const text = (from: readonly string[]) => Array.from({ length: random.below(12) }, () => random.pick(from)).join('');
const path = () => `/${text(PIECES).replace(/[ \t]/g, '')}`;
const lines = (name: string) => `${name}:${text(PIECES)}\r\n`.repeat(random.below(3));
const TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'a/b; charset=latin1', ''];

function anyRequest(): HttpRequest {
  const head = `Host:a\r\n${lines('Cookie')}Content-Type: ${random.pick(TYPES)}\r\nX:  y \r\n`;
  const content = Buffer.from(text(LINES), 'latin1');
  const isZipped = random.below(3) === 0;
  return request(path(), head + (isZipped ? 'Content-Encoding: gzip\r\n' : ''), isZipped ? gzipSync(content) : content);
}

const bytesOf = async (message: HttpRequest | HttpResponse) =>
  [block(message), await message.body.rawBytes(), 'path' in message ? message.path : ''] as const;

async function viewsOf(message: HttpRequest): Promise<Pairs[]> {
  return [message.query, message.cookies, await message.form()];
}

t.test('reading everything alters no byte', async (t) => {
  for (let round = 0; round < ROUNDS; round++) {
    const message = anyRequest();
    const before = await bytesOf(message);
    for (const view of await viewsOf(message)) {
      for (const [name] of view) [view.get(name), view.getAll(name), view.length];
    }
    for (const part of await message.multipart()) [part.name, part.filename, part.text, [...part.headers]];
    [[...message.pathSegments], message.url, message.prettyUrl, message.prettyHost, await message.body.text()];
    const answer = response(`${lines('Set-Cookie')}A :b\r\n`, 'x');
    const answered = await bytesOf(answer);
    for (const { attributes, expires, maxAge, secure, path, name, value } of answer.cookies) {
      [attributes, expires, maxAge, secure, path, name, value];
    }
    const after = [await bytesOf(message), await bytesOf(answer)];
    if (message.changed || answer.changed) t.fail(JSON.stringify(before));
    if (JSON.stringify(after) !== JSON.stringify([before, answered])) t.fail(JSON.stringify(before));
  }
  t.pass();
});

t.test('setting what was read changes nothing', async (t) => {
  for (let round = 0; round < ROUNDS; round++) {
    const message = anyRequest();
    const before = await bytesOf(message);
    for (const view of await viewsOf(message)) {
      for (const name of new Set(view.keys())) view.set(name, view.getAll(name));
    }
    for (const [index, segment] of [...message.pathSegments].entries()) message.pathSegments[index] = segment;
    const after = await bytesOf(message);
    const [same] = [JSON.stringify(before) === JSON.stringify(after)];
    // Several values of a name are put in the place of the first.
    const pairs = (await viewsOf(message)).map((view) => [...view].map(String).sort());
    const others = request(before[2], before[0], before[1]);
    const expected = (await viewsOf(others)).map((view) => [...view].map(String).sort());
    if (!same && JSON.stringify(pairs) !== JSON.stringify(expected)) t.fail(JSON.stringify([before, after]));
  }
  t.pass();
});

t.test('set values are read back, and others stay', async (t) => {
  const values = ['', 'x', 'ä€', 'a b', '+%&=;"\\', '%20', '\ud83d\ude00'];
  for (let round = 0; round < ROUNDS; round++) {
    const message = anyRequest();
    for (const view of await viewsOf(message)) {
      const name = random.below(2) === 0 ? 'new' : ([...view.keys()][0] ?? 'a');
      const value = random.pick(values);
      const others = [...view].filter(([key]) => key !== name);
      try {
        view.set(name, value);
      } catch (error) {
        if (error instanceof TypeError) continue;
        throw error;
      }
      const read = [view.getAll(name), [...view].filter(([key]) => key !== name)];
      if (JSON.stringify(read) !== JSON.stringify([[value], others])) {
        t.fail(JSON.stringify([name, value, read, others, await bytesOf(message)]));
      }
    }
  }
  t.pass();
});
