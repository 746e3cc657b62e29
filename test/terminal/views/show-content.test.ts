import t from 'tap';
import { parseMediaType } from '../../../src/terminal/views/media-type.js';
import { Lookahead, showContent } from '../../../src/terminal/views/show-content.js';
import { shown } from './collect-text.js';

const FORM = 'application/x-www-form-urlencoded';

const HEX_OF_PK = '00000000  50 4b 03 04                                       |PK..|\n';

t.test('the view goes by the type, then by the content', async (t) => {
  const table: [content: string | Buffer, type: string | undefined, text: string][] = [
    ['[1]', 'application/json', '[\n    1\n]'],
    ['[1]', undefined, '[\n    1\n]'],
    ['[1]', 'application/octet-stream', '[\n    1\n]'],
    ['[1]', 'text/plain', '[1]'],
    ['[1', 'application/json', '[1'],
    ['not json', 'application/json', 'not json'],
    ['a=b&c=d', FORM, 'a: b\nc: d\n'],
    ['{"a":1}', FORM, '{\n    "a": 1\n}'],
    ['a b c', FORM, 'a b c'],
    ['a=b', undefined, 'a=b'],
    ['<a/>', 'image/svg+xml', '<a/>\n'],
    ['PK\x03\x04', undefined, HEX_OF_PK],
    ['PK\x03\x04', 'text/plain', HEX_OF_PK],
    ['PK\x03\x04', 'application/json', HEX_OF_PK],
    ['text', 'image/png', 'text'],
    ['--b\r\n\r\nx', 'multipart/form-data', '--b\r\n\r\nx'],
    ['', 'application/json', ''],
    ['', undefined, ''],
  ];
  for (const [content, type, text] of table) {
    t.equal(await shown(content, type), text, `${type}: ${content}`);
    t.equal(await shown(content, type, 1), text, `${type}: ${content}, byte by byte`);
  }
});

t.test('content that is too long to be laid out is shown as text, read no further than asked', async (t) => {
  let read = 0;
  let closed = false;
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      yield Buffer.from('[1');
      for (;;) {
        read++;
        yield Buffer.from(`${',1'.repeat(500_000)}`);
      }
    } finally {
      closed = true;
    }
  }
  let text = '';
  for await (const piece of showContent(endless(), parseMediaType('application/json'))) {
    text += piece;
    if (text.length > 10) break;
  }
  t.match(text, /^\[1,1,1/);
  t.ok(read > 16 && read < 20, 'up to the bound');
  t.equal(closed, true);
});

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
