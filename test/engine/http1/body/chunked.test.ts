import t, { type Test } from 'tap';
import { ChunkedScanner } from '../../../../src/engine/http1/body/chunked.js';
import { cuts, flipped, prefixes, randomCuts } from '../../../support/cuts.js';
import { Random } from '../../../support/random.js';
import { refusal } from '../../../support/refusal.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const LIMIT = 100;

interface Result {
  content: string;
  /** What belongs to the body: framing and content. */
  wire: string;
  done: boolean;
  trailers: string | undefined;
  refused: string | undefined;
}

const GOOD: [wire: string, content: string, trailers?: string][] = [
  ['0\r\n\r\n', ''],
  ['000\r\n\r\n', ''],
  ['5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['5\r\nhello\r\n1\r\n \r\n6\r\nworld!\r\n0\r\n\r\n', 'hello world!'],
  ['a\r\n0123456789\r\n0\r\n\r\n', '0123456789'],
  ['A\r\n0123456789\r\n0\r\n\r\n', '0123456789'],
  ['00005\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['5;a=b\r\nhello\r\n0;last\r\n\r\n', 'hello'],
  ['5 ;a="b;c"\t\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['5 \t\r\nhello\r\n0 \r\n\r\n', 'hello'],
  ['5;\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['4\r\n\r\n\r\n\r\n0\r\n\r\n', '\r\n\r\n'],
  ['5\r\nhello\r\n0\r\nA: 1\r\n\r\n', 'hello', 'A: 1\r\n'],
  ['0\r\nA: 1\r\nb:2\r\n folded\r\nA: \xff\r\n\r\n', '', 'A: 1\r\nb:2 folded\r\nA: \xff\r\n'],
];

t.test('every cut gives the same content, the same wire bytes and the same trailers', async (t) => {
  for (const [wire, content, trailers] of GOOD) {
    const expected = { content, wire, done: true, trailers, refused: undefined };
    const bytes = latin1(`${wire}0\r\nbehind`);
    let wrong = 0;
    for (const pieces of cuts(bytes)) {
      const found = scan(pieces);
      if (JSON.stringify(found) === JSON.stringify(expected) || wrong++ > 0) continue;
      t.same(found, expected, `cut ${pieces.map((piece) => piece.length)}`);
    }
    t.equal(wrong, 0, JSON.stringify(wire));
  }
});

t.test('no prefix of a body is complete', async (t) => {
  for (const [wire] of GOOD) {
    for (const prefix of prefixes(latin1(wire))) {
      const { done, refused } = scan([prefix]);
      if (done || refused) t.fail(`${JSON.stringify(wire)} cut at ${prefix.length}: ${refused ?? 'done'}`);
    }
  }
  t.pass();
});

const BAD: [wire: string, reason: string, lenient?: 'done'][] = [
  ['\r\n', 'a bad chunk size'],
  ['g\r\n', 'a bad chunk size'],
  [' 5\r\nhello\r\n0\r\n\r\n', 'a bad chunk size'],
  ['-5\r\nhello\r\n0\r\n\r\n', 'a bad chunk size'],
  ['+5\r\nhello\r\n0\r\n\r\n', 'a bad chunk size'],
  ['0x5\r\nhello\r\n0\r\n\r\n', 'a bad chunk size'],
  ['5 5\r\nhello\r\n0\r\n\r\n', 'a bad chunk size'],
  ['5\0\r\nhello\r\n0\r\n\r\n', 'a bad chunk size'],
  [';a\r\n', 'a bad chunk size'],
  ['ffffffffffffff\r\n', 'a bad chunk size'],
  ['5\nhello\r\n0\r\n\r\n', 'a bare LF after a chunk size'],
  ['5 \nhello\r\n0\r\n\r\n', 'a bare LF after a chunk size'],
  ['5\r\rhello\r\n0\r\n\r\n', 'a bare CR in a chunk size'],
  ['5;a\nb\r\nhello\r\n0\r\n\r\n', 'a chunk extension with a bare LF or NUL'],
  ['5;a\0b\r\nhello\r\n0\r\n\r\n', 'a chunk extension with a bare LF or NUL'],
  ['5;a\rb\r\nhello\r\n0\r\n\r\n', 'a bare CR in a chunk size'],
  ['5\r\nhello!\r\n0\r\n\r\n', 'a chunk that is longer than its size'],
  ['5\r\nhello\n0\r\n\r\n', 'a bare LF after a chunk'],
  ['5\r\nhello\r0\r\n\r\n', 'a chunk that is longer than its size'],
  ['0\r\nContent-Length:\r\n 1\r\n\r\n', 'a folded Content-Length (in the trailers)', 'done'],
  ['0\r\nA: 1\r\ncontent-length: 5\r\n\r\n', 'Content-Length, Transfer-Encoding or Host in the trailers', 'done'],
  ['0\r\nTransfer-Encoding: chunked\r\n\r\n', 'Content-Length, Transfer-Encoding or Host in the trailers', 'done'],
  ['0\r\nHOST: b\r\n\r\n', 'Content-Length, Transfer-Encoding or Host in the trailers', 'done'],
  ['0\r\n\n', 'trailers with a bare LF', 'done'],
  ['0\r\nA: 1\n\r\n', 'trailers with a bare LF', 'done'],
  ['0\r\nA: 1\r\n\n', 'trailers with a bare LF', 'done'],
  ['0\r\nA : 1\r\n\r\n', 'white space before the colon of a header (in the trailers)', 'done'],
  ['0\r\nA\r\n\r\n', 'a header line without a colon (in the trailers)'],
  ['0\r\nA: 1\r2\r\n\r\n', 'a bare CR in a header (in the trailers)', 'done'],
  ['0\r\nA: \0\r\n\r\n', 'a NUL byte in a header (in the trailers)', 'done'],
  [`5;${'a'.repeat(LIMIT + 1)}\r\n`, 'a chunk extension beyond the limit'],
  [`5${' '.repeat(LIMIT + 1)}\r\n`, 'a chunk extension beyond the limit'],
  [`0\r\nA: ${'a'.repeat(LIMIT)}\r\n\r\n`, 'trailers beyond the limit'],
];

t.test('invalid chunks are refused, however they are split', async (t) => {
  for (const [wire, reason, lenient] of BAD) {
    for (const pieces of cuts(latin1(wire))) {
      const { refused } = scan(pieces);
      if (refused !== `400 Refused: ${reason}`) t.equal(refused, `400 Refused: ${reason}`, JSON.stringify(wire));
    }
    const { done, refused } = scan([latin1(wire)], false);
    t.equal(done ? 'done' : refused && 'refused', lenient ?? 'refused', `${JSON.stringify(wire)}, lenient`);
  }
});

t.test('white space before the colon is removed from the trailers of a response', async (t) => {
  for (const pieces of cuts(latin1('0\r\nA : 1\r\nB\t: 2 : 3\r\n\r\n'))) {
    const scanner = new ChunkedScanner(LIMIT, true, 502);
    for (const piece of pieces) scanner.scan(piece, 0, () => {});
    t.equal(scanner.trailerSection?.toString(), 'A: 1\r\nB: 2 : 3\r\n\r\n');
    t.equal(scanner.trailers?.block.toString(), 'A: 1\r\nB: 2 : 3\r\n');
  }
  for (const wire of ['0\r\nA B: 1\r\n\r\n', '0\r\n A: 1\r\n\r\n']) {
    const refused = refusal(() => new ChunkedScanner(LIMIT, true, 502).scan(latin1(wire), 0, () => {}));
    t.match(refused, '502', wire);
  }
});

t.test('the size of a chunk may have 16 digits', async (t) => {
  t.equal(scan([latin1('0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n')]).content, 'hello');
  for (const size of ['00000000000000005', '0020000000000000', 'ffffffffffffffff']) {
    t.equal(scan([latin1(`${size}\r\n`)]).refused, '400 Refused: a bad chunk size', size);
  }
});

t.test('the status of a refusal', async (t) => {
  t.equal(
    refusal(() => new ChunkedScanner(LIMIT, true, 502).scan(latin1('x'), 0, () => {})),
    '502 Refused: a bad chunk size',
  );
});

t.test('content is passed on without copying', async (t) => {
  const bytes = latin1('5\r\nhello\r\n0\r\n\r\n');
  const pieces: Buffer[] = [];
  new ChunkedScanner(LIMIT, true, 400).scan(bytes, 0, (piece) => pieces.push(piece));
  t.equal(pieces[0]!.buffer, bytes.buffer);
});

t.test('a body with an altered byte gives the same result, however it is split', async (t) => {
  const random = new Random(3);
  for (const [wire] of GOOD) {
    for (const bytes of flipped(latin1(wire), [0, 9, 10, 13, 32, 48, 59, 103, 0xff])) {
      same(t, scan([bytes]), scan(randomCuts(bytes, random)), bytes);
    }
  }
  t.pass();
});

t.test('random bytes give the same result, however they are split', async (t) => {
  const random = new Random(4);
  const words = ['0', '1', '3', 'f', '\r\n', '\r\n', '\r', '\n', ' ', ';', 'abc', 'A: 1', ':', '\0', '0\r\n\r\n'];
  for (let round = 0; round < 4000; round++) {
    let text = '';
    for (let count = random.below(16); count >= 0; count--) text += random.pick(words);
    const bytes = latin1(text);
    same(t, scan([bytes]), scan(randomCuts(bytes, random)), bytes);
  }
  t.pass();
});

/** How far the wire bytes went before a refusal depends on the cut; the rest may not. */
function same(t: Test, whole: Result, cut: Result, bytes: Buffer): void {
  const text = (result: Result) => JSON.stringify({ ...result, wire: result.refused ? '' : result.wire });
  if (text(whole) !== text(cut)) t.equal(text(cut), text(whole), JSON.stringify(bytes.toString('latin1')));
}

function scan(pieces: Buffer[], strict = true): Result {
  const scanner = new ChunkedScanner(LIMIT, strict, 400);
  let content = '';
  let wire = '';
  const refused = refusal(() => {
    for (const piece of pieces) {
      if (scanner.done) break;
      const end = scanner.scan(piece, 0, (part) => {
        content += part.toString('latin1');
      });
      wire += piece.toString('latin1', 0, end);
    }
  });
  return { content, wire, done: scanner.done, trailers: scanner.trailers?.block.toString('latin1'), refused };
}
