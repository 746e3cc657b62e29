import t from 'tap';
import { parseMediaType } from '../../../src/terminal/views/media-type.js';
import { looksLikeText, textView } from '../../../src/terminal/views/text.js';
import { streamed } from './collect-text.js';

t.test('decodes the charset of the type', async (t) => {
  const table: [content: Buffer, type: string, text: string][] = [
    [Buffer.from('é ☃ 😀'), '', 'é ☃ 😀'],
    [Buffer.from('é', 'latin1'), 'text/plain; charset=iso-8859-1', 'é'],
    [Buffer.from('é', 'latin1'), 'text/plain', '\ufffd'],
    [Buffer.from('é', 'utf16le'), 'text/plain; charset=utf-16le', 'é'],
    [Buffer.from([0x82, 0xa0]), 'text/plain; charset="Shift_JIS"', 'あ'],
    [Buffer.from('é'), 'text/plain; charset=no-such', 'é'],
    [Buffer.from('\ufeffx'), 'text/plain', 'x'],
  ];
  for (const [content, type, text] of table) {
    t.equal(await streamed(textView, content, type), text, type);
    t.equal(await streamed(textView, content, type, 1), text, `${type} byte by byte`);
  }
});

t.test('content that looks like text', async (t) => {
  const table: [content: Buffer | string, type: string, isText: boolean][] = [
    ['plain', '', true],
    ['é ☃', '', true],
    ['\x1b[31mred\x1b[0m', '', true],
    [Buffer.from('caf\xe9', 'latin1'), '', false],
    [Buffer.from('caf\xe9', 'latin1'), 'text/html', true],
    [Buffer.from('caf\xe9', 'latin1'), 'application/octet-stream; charset=latin1', true],
    ['a\0b', 'text/plain', false],
    [Buffer.from('ab', 'utf16le'), 'text/plain; charset=UTF-16', true],
    ['\x01\x02\x03abc', 'text/plain', false],
    [`${'long enough text '.repeat(10)}\x01`, 'text/plain', true],
    [`${'x'.repeat(4095)}é`, '', true],
    [Buffer.from('89504e470d0a1a0a', 'hex'), 'image/png', false],
  ];
  for (const [content, type, isText] of table) {
    t.equal(
      looksLikeText(Buffer.from(content as string), parseMediaType(type)),
      isText,
      `${type}: ${String(content).slice(0, 20)}`,
    );
  }
});

t.test('a byte order mark of UTF-16 counts only in text', async (t) => {
  const utf16 = Buffer.from('\ufefftext', 'utf16le');
  const telnet = Buffer.from([0xff, 0xfe, 0x01, 0xff, 0xfb, 0x03]);
  t.ok(looksLikeText(utf16, parseMediaType('text/plain')));
  for (const type of ['', 'application/octet-stream']) t.notOk(looksLikeText(telnet, parseMediaType(type)), type);
});

t.test('types of text', async (t) => {
  const table: [type: string, isText: boolean][] = [
    ['text/css', true],
    ['application/javascript', true],
    ['application/x-javascript', true],
    ['application/xml', true],
    ['image/svg+xml', true],
    ['application/x-ndjson', true],
    ['application/json', false],
    ['application/octet-stream', false],
    ['image/png', false],
    ['', false],
  ];
  for (const [type, isText] of table) t.equal(textView.matchesType(parseMediaType(type)), isText, type);
});
