import t from 'tap';
import { type Piece, writePieces } from '../../../src/serialize/output/pieces.js';

function made(...chunks: string[]): Piece {
  return async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
}

/** Ends early. */
function failing(chunk: string, reason: string): Piece {
  return async function* () {
    yield Buffer.from(chunk);
    throw new Error(reason);
  };
}

t.test('pieces are written in order', async (t) => {
  const written: string[] = [];
  const write = async (chunk: Buffer) => void written.push(String(chunk));
  await writePieces([Buffer.from('a'), made('b', 'c'), made(), Buffer.from('d')], write);
  t.same(written, ['a', 'b', 'c', 'd']);
});

t.test('a piece that fails does not stop the following ones', async (t) => {
  const written: string[] = [];
  const write = async (chunk: Buffer) => void written.push(String(chunk));
  const pieces = [failing('a', 'first'), Buffer.from('b'), failing('c', 'second'), made('d')];
  await t.rejects(writePieces(pieces, write), { message: 'first' });
  t.same(written, ['a', 'b', 'c', 'd']);
});

t.test('a failed write ends it', async (t) => {
  const written: string[] = [];
  const write = async (chunk: Buffer): Promise<void> => {
    written.push(String(chunk));
    if (written.length === 2) throw new Error('full');
  };
  let closed = false;
  const source: Piece = async function* () {
    try {
      for (const chunk of ['b', 'c', 'd']) yield Buffer.from(chunk);
    } finally {
      closed = true;
    }
  };
  await t.rejects(writePieces([Buffer.from('a'), source, Buffer.from('e')], write), { message: 'full' });
  t.same(written, ['a', 'b']);
  t.ok(closed, 'and the source is let go');
});
