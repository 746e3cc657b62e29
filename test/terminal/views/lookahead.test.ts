import t from 'tap';
import { Lookahead } from '../../../src/terminal/views/lookahead.js';

function source(...pieces: string[]): { chunks: AsyncGenerator<Buffer>; state: { read: number; closed: boolean } } {
  const state = { read: 0, closed: false };
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for (const piece of pieces) {
        state.read++;
        yield Buffer.from(piece);
      }
    } finally {
      state.closed = true;
    }
  }
  return { chunks: chunks(), state };
}

async function rest(content: Lookahead): Promise<string> {
  let text = '';
  for await (const chunk of content.take()) text += chunk.toString();
  return text;
}

t.test('looking at bytes does not take them', async (t) => {
  const { chunks, state } = source('ab', 'cd', 'ef');
  const content = new Lookahead(chunks);
  t.equal((await content.peek(1)).toString(), 'ab');
  t.equal(state.read, 1, 'reads no more than it needs');
  t.equal((await content.peek(3)).toString(), 'abcd');
  t.equal(await rest(content), 'abcdef');
  t.equal(state.closed, true);
});

t.test('the end may come first', async (t) => {
  const content = new Lookahead(source('ab').chunks);
  t.equal((await content.peek(10)).toString(), 'ab');
  t.equal(await rest(content), 'ab');
  t.equal((await new Lookahead(source().chunks).peek(10)).length, 0);
});

t.test('closing closes the source', async (t) => {
  const { chunks, state } = source('ab', 'cd');
  const content = new Lookahead(chunks);
  await content.peek(1);
  await content.close();
  t.equal(state.closed, true);
});

t.test('large chunks are taken in portions', async (t) => {
  const content = new Lookahead(source('x'.repeat(200_000)).chunks);
  const sizes: number[] = [];
  for await (const chunk of content.take()) sizes.push(chunk.length);
  t.same(sizes, [65536, 65536, 65536, 3392]);
});
