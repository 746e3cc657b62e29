import t from 'tap';
import { ProtocolError } from '../../../../src/engine/errors.js';
import type { Framing } from '../../../../src/engine/http/wire.js';
import { BodyScanner } from '../../../../src/engine/http1/body/body-scanner.js';

const LIMITS = { maxHeaderSize: 100, strict: true, status: 502 } as const;

interface Scanned {
  wire: string;
  content: string;
  /** What follows the body. */
  rest: string;
  done: boolean;
}

/** Scans bytes that come in pieces of this size. */
function scan(scanner: BodyScanner, framing: Framing, text: string, size: number): Scanned {
  const scanned = { wire: '', content: '', rest: '', done: false };
  scanner.begin(framing, {
    wire: (bytes) => {
      scanned.wire += bytes.toString('latin1');
    },
    content: (bytes) => {
      scanned.content += bytes.toString('latin1');
    },
  });
  let at = 0;
  while (at < text.length && !scanner.done) {
    const piece = Buffer.from(text.slice(at, at + size), 'latin1');
    at += scanner.take(piece);
  }
  return { ...scanned, rest: text.slice(at), done: scanner.done };
}

/** A trailer section, and what goes on of it if that is another. */
const TRAILERS: [section: string, wire?: string][] = [
  ['A: 1\r\n\r\n'],
  ['A:1\r\nb:  2 \r\n\r\n'],
  ['A: 1\r\n 2\r\n\t\r\n\t 3\r\nB: 4\r\n\r\n', 'A: 1 2 3\r\nB: 4\r\n\r\n'],
];

t.test('the end of a body, however it is split', async (t) => {
  const chunked = '3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n';
  const cases: [Framing, text: string, Scanned][] = [
    [{ kind: 'length', length: 3 }, 'abcd', { wire: 'abc', content: 'abc', rest: 'd', done: true }],
    [{ kind: 'length', length: 9 }, 'abcd', { wire: 'abcd', content: 'abcd', rest: '', done: false }],
    [{ kind: 'close' }, 'abcd', { wire: 'abcd', content: 'abcd', rest: '', done: false }],
    [{ kind: 'chunked' }, `${chunked}GET`, { wire: chunked, content: 'abcde', rest: 'GET', done: true }],
    ...TRAILERS.map(([section, wire = section]): [Framing, string, Scanned] => [
      { kind: 'chunked' },
      `1\r\na\r\n0\r\n${section}GET`,
      { wire: `1\r\na\r\n0\r\n${wire}`, content: 'a', rest: 'GET', done: true },
    ]),
    // Trailers go on when it is known that they may.
    [{ kind: 'chunked' }, '1\r\na\r\n0\r\nA: 1\r\n', { wire: '1\r\na\r\n0\r\n', content: 'a', rest: '', done: false }],
  ];
  for (const [framing, text, expected] of cases) {
    for (const size of [1, 2, 7, 1000]) {
      const scanner = new BodyScanner(LIMITS);
      t.same(scan(scanner, framing, text, size), expected, `${framing.kind} in pieces of ${size}`);
      t.equal(scanner.endsWithConnection, framing.kind === 'close');
    }
  }
});

t.test('several bodies in a row share no state', async (t) => {
  const scanner = new BodyScanner(LIMITS);
  scan(scanner, { kind: 'chunked' }, '1\r\na\r\n0\r\nT: 1\r\n\r\n', 1000);
  t.equal(scanner.trailers?.block.toString('latin1'), 'T: 1\r\n');
  t.match(scan(scanner, { kind: 'length', length: 1 }, 'b', 1000), { content: 'b', done: true });
  t.equal(scanner.trailers, undefined);
});

t.test('truncated bodies', async (t) => {
  const scanner = new BodyScanner(LIMITS);
  scan(scanner, { kind: 'length', length: 5 }, 'ab', 1000);
  t.equal(scanner.place, 'with 3 bytes of the body missing');
  scan(scanner, { kind: 'chunked' }, '5\r\nab', 1000);
  t.equal(scanner.place, 'inside a chunked body');
});

t.test('invalid framing', async (t) => {
  const refused = (error: unknown) => error instanceof ProtocolError && error.status === 502;
  t.ok(refused(t.throws(() => scan(new BodyScanner(LIMITS), { kind: 'chunked' }, 'x\r\n', 1000))));
});
