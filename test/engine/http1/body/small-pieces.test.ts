import t from 'tap';
import { SmallPieces } from '../../../../src/engine/http1/body/small-pieces.js';

/** @param bytes with the pieces @param sizes of the pieces */
function joined(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const found: Buffer[] = [];
  const content = (piece: Buffer): void => void found.push(piece);
  const small = new SmallPieces();
  let at = 0;
  for (const size of sizes) {
    small.add(bytes, at, at + size, content);
    at += size;
  }
  small.flush(content);
  small.flush(content);
  return found;
}

t.test('small pieces are joined in their order', async (t) => {
  const large = 'x'.repeat(300);
  const found = joined(Buffer.from(`abc${large}de`), [1, 2, 300, 1, 1]);
  t.same(found.map(String), ['abc', large, 'de']);
});

t.test('a piece without neighbours is not copied', async (t) => {
  const bytes = Buffer.from(`hello${'x'.repeat(300)}world`);
  const found = joined(bytes, [5, 300, 5]);
  t.equal(found.length, 3);
  for (const piece of found) t.equal(piece.buffer, bytes.buffer);
  t.equal(joined(bytes, [bytes.length])[0], bytes);
});

t.test('joint pieces have a limit', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at & 0xff));
  const found = joined(
    bytes,
    Array.from({ length: 50_000 }, () => 2),
  );
  t.ok(found.length > 1 && found.length < 10);
  t.same(Buffer.concat(found), bytes);
});

t.test('nothing', async (t) => t.same(joined(Buffer.alloc(0), []), []));
