import t from 'tap';
import { splitMultipart } from '../../../src/flow/message/multipart-bytes.js';
import { MultipartScanner } from '../../../src/flow/message/multipart-scanner.js';

const BODIES: [name: string, text: string][] = [
  ['usual', 'preamble\r\n--b\r\nA: 1\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\nepilogue\r\n--b\r\n\r\nno part'],
  ['line feeds', '--b\nA: 1\n\none\n--b\n\ntwo\n--b--'],
  ['empty parts', '--b\r\n--b\r\n\r\n\r\n--b--'],
  ['almost delimiters', '--b\r\n\r\n--bx\r\n-b\r\n x--b\r\n\r\n--b \t\r\n\r\ntwo\r\n--b--'],
  ['cut off', '--b\r\nA: 1\r\n\r\none\r\n--b\r\nA: 2\r\n\r\ntw'],
  ['no part', 'text'],
  ['only the end', '--b--'],
  ['nothing', ''],
];

/** The parts of a body that arrives in pieces, with their offsets. */
function scanned(content: Buffer, size: number, limit = 1000): [offset: number, bytes: string][] {
  const found: [number, string][] = [];
  const scanner = new MultipartScanner('b', limit, {
    small: (bytes, offset) => void found.push([offset, String(bytes)]),
  });
  for (let at = 0; at < content.length; at += size) scanner.push(content.subarray(at, at + size));
  scanner.end();
  return found;
}

for (const [name, text] of BODIES) {
  t.test(name, async (t) => {
    // Chunks that are longer than the margin are cut at every place.
    for (const padding of ['', 'x'.repeat(700)]) {
      const content = Buffer.from(text.replace('two', `two${padding}`));
      const parts = splitMultipart(content, 'b')?.parts ?? [];
      const expected = parts.map(({ head, gap, content: bytes }): [number, string] => [
        head.byteOffset - content.byteOffset,
        String(Buffer.concat([head, gap, bytes])),
      ]);
      for (let size = 1; size <= content.length + 1; size++) {
        const found = scanned(content, size);
        if (JSON.stringify(found) !== JSON.stringify(expected)) t.same(found, expected, `chunks of ${size}`);
      }
      t.same(scanned(content, 1e6), expected);
    }
  });
}

t.test('large parts are left out', async (t) => {
  const content = Buffer.from(`--b\r\n\r\n${'x'.repeat(5000)}\r\n--b\r\n\r\ntwo\r\n--b--`);
  for (const size of [1, 100, 10_000])
    t.same(
      scanned(content, size).map(([, bytes]) => bytes),
      ['\r\ntwo'],
    );
});

t.test('large parts are passed on in pieces', async (t) => {
  const large = `A: 1\r\n\r\n${'x'.repeat(5000)}`;
  const content = Buffer.from(`--b\r\n${large}\r\n--b\r\n\r\ntwo\r\n--b--`);
  for (const size of [1, 100, 10_000]) {
    const found: string[] = [];
    const scanner = new MultipartScanner('b', 1000, {
      small: (bytes) => void found.push(String(bytes)),
      large: (start) => {
        t.ok(start.length > 1000);
        const pieces = [String(start)];
        return { push: (bytes) => void pieces.push(String(bytes)), end: () => void found.push(pieces.join('')) };
      },
    });
    for (let at = 0; at < content.length; at += size) scanner.push(content.subarray(at, at + size));
    scanner.end();
    t.same(found, [large, '\r\ntwo']);
  }
});
