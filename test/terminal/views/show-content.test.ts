import t from 'tap';
import { parseMediaType } from '../../../src/terminal/views/media-type.js';
import { showContent } from '../../../src/terminal/views/show-content.js';
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
    ['<a/>', 'image/svg+xml', '<a/>'],
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
