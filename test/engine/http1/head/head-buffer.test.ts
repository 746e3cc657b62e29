import t from 'tap';
import { ProtocolError } from '../../../../src/engine/errors.js';
import { HeadBuffer } from '../../../../src/engine/http1/head/head-buffer.js';

const HEAD = 'GET / HTTP/1.1\r\nA: 1\r\n\r\n';

function bufferOf(text: string, size: number, status: 400 | 502 = 400): { buffer: HeadBuffer; heads: string[] } {
  const buffer = new HeadBuffer({ maxHeaderSize: 100, strict: true, status });
  const heads: string[] = [];
  for (let at = 0; at < text.length; at += size) {
    buffer.append(Buffer.from(text.slice(at, at + size), 'latin1'));
    for (let head = buffer.takeHead(); head; head = buffer.takeHead()) heads.push(head.line);
  }
  return { buffer, heads };
}

t.test('heads are returned once they are complete, however they are split', async (t) => {
  const cases: [text: string, heads: number, rest: string][] = [
    [HEAD, 1, ''],
    [HEAD.slice(0, -1), 0, HEAD.slice(0, -1)],
    [`\r\n\r\n${HEAD}`, 1, ''],
    ['\r\n\r\n', 0, ''],
    [`${HEAD}${HEAD}GET`, 2, 'GET'],
  ];
  for (const [text, count, rest] of cases) {
    for (const size of [1, 3, 1000]) {
      const { buffer, heads } = bufferOf(text, size);
      t.same(heads, Array(count).fill('GET / HTTP/1.1'), JSON.stringify(text));
      t.equal(buffer.takeAll().toString('latin1'), rest);
      t.equal(buffer.bytes.length, 0);
    }
  }
});

t.test('a head that is too large fails at the limit', async (t) => {
  for (const [status, expected] of [
    [400, 431],
    [502, 502],
  ] as const) {
    for (const size of [1, 1000]) {
      for (const text of [`GET /${'x'.repeat(200)}`, `GET /${'x'.repeat(200)} HTTP/1.1\r\n\r\n`]) {
        const error = t.throws(() => bufferOf(text, size, status)) as unknown;
        t.ok(error instanceof ProtocolError);
        t.equal((error as ProtocolError).status, expected);
      }
    }
  }
});
