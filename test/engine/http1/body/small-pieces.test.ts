import t from 'tap';
import { SmallPieces } from '../../../../src/engine/http1/body/small-pieces.js';

function joined(pieces: readonly Buffer[]): Buffer[] {
  const found: Buffer[] = [];
  const content = (piece: Buffer): void => void found.push(piece);
  const small = new SmallPieces();
  for (const piece of pieces) small.add(piece, 0, piece.length, content);
  small.flush(content);
  small.flush(content);
  return found;
}

t.test('small pieces are joined in their order', async (t) => {
  const large = Buffer.alloc(300, 'x');
  const found = joined([Buffer.from('a'), Buffer.from('bc'), large, Buffer.from('d'), Buffer.from('e')]);
  t.same(found.map(String), ['abc', String(large), 'de']);
});

t.test('a piece without neighbours is not copied', async (t) => {
  const bytes = Buffer.from('hello');
  const large = Buffer.alloc(300);
  t.equal(joined([bytes])[0]!.buffer, bytes.buffer);
  t.same(joined([bytes, large, bytes]).length, 3);
  t.equal(joined([large])[0], large);
});

t.test('joint pieces have a limit', async (t) => {
  const pieces = Array.from({ length: 50_000 }, (_, at) => Buffer.from([at & 0xff, at >> 8]));
  const found = joined(pieces);
  t.ok(found.length > 1 && found.length < 10);
  t.same(Buffer.concat(found), Buffer.concat(pieces));
});

t.test('nothing', async (t) => t.same(joined([]), []));
