import t from 'tap';
import { decodeText, encodeText } from '../../../src/flow/text/charset.js';

const type = (charset: string) => `text/plain;a=b; Charset="${charset}"; c=d`;

t.test('text in the charset of its type', async (t) => {
  const cases: [charset: string, text: string, bytes: string | number[]][] = [
    ['utf-8', 'ä€', [0xc3, 0xa4, 0xe2, 0x82, 0xac]],
    ['us-ascii', 'abc', 'abc'],
    // Some versions of Node.js take 0x80 to 0x9F for control characters.
    ['iso-8859-1', 'äÿ', [0xe4, 0xff]],
    ['latin-1', 'äÿ', [0xe4, 0xff]],
    ['utf_8', 'ä', [0xc3, 0xa4]],
    ['windows_1251', 'Жя', [0xc6, 0xff]],
    ['windows-1251', 'Жя', [0xc6, 0xff]],
    ['koi8-r', 'Ж', [0xf6]],
    ['utf-16le', 'aä', [0x61, 0, 0xe4, 0]],
    ['utf-16be', 'aä', [0, 0x61, 0, 0xe4]],
    ['utf-16', 'a', [0xff, 0xfe, 0x61, 0]],
    ['shift_jis', 'aｱ日本', [0x61, 0xb1, 0x93, 0xfa, 0x96, 0x7b]],
    ['euc-jp', '日本', [0xc6, 0xfc, 0xcb, 0xdc]],
    ['gbk', '中文', [0xd6, 0xd0, 0xce, 0xc4]],
    ['big5', '中文', [0xa4, 0xa4, 0xa4, 0xe5]],
    ['euc-kr', '한글', [0xc7, 0xd1, 0xb1, 0xdb]],
  ];
  for (const [charset, text, bytes] of cases) {
    t.same(encodeText(text, type(charset)), { bytes: Buffer.from(bytes as number[]) }, charset);
    t.equal(decodeText(Buffer.from(bytes as number[]), type(charset)), text, charset);
  }
});

t.test('a charset that lacks a character becomes UTF-8', async (t) => {
  for (const [charset, text] of [
    ['iso-8859-1', 'Ж'],
    ['shift_jis', '한'],
    ['iso-2022-jp', '日'],
    ['klingon', 'ä'],
  ] as const) {
    const { bytes, contentType } = encodeText(text, type(charset));
    t.same([bytes.toString(), contentType], [text, 'text/plain;a=b; Charset="utf-8"; c=d'], charset);
  }
  for (const none of [undefined, '', 'text/html', 'text/html; charset=']) {
    t.same(encodeText('ä', none), { bytes: Buffer.from('ä') });
  }
  t.same(encodeText('a', type('klingon')), { bytes: Buffer.from('a') }, 'ASCII is ASCII');
});

t.test('a byte order mark says more than the type', async (t) => {
  for (const [bytes, text] of [
    [[0xef, 0xbb, 0xbf, 0xc3, 0xa4], 'ä'],
    [[0xff, 0xfe, 0xe4, 0], 'ä'],
    [[0xfe, 0xff, 0, 0xe4], 'ä'],
  ] as const) {
    t.equal(decodeText(Buffer.from(bytes), type('iso-8859-1')), text);
    t.equal(decodeText(Buffer.from(bytes), undefined), text);
  }
});

t.test('text in the charset that the document declares', async (t) => {
  const cases: [type: string, text: string, isLatin1: boolean][] = [
    ['text/html', '<meta charset=iso-8859-1>é', true],
    ['text/html', '<meta http-equiv=Content-Type content="text/html; charset=latin1">é', true],
    ['text/html', '<meta name=a content="charset=latin1"><meta data-charset=latin1>é', false],
    ['text/html', '<meta name=a content="charset=utf-8"><meta charset=" latin1 ">é', true],
    ['text/html', '<!-- <meta charset=latin1> --><meta charset="utf-8">é', false],
    ['text/html', '<!-- <meta charset=latin1>é', false],
    ['text/html', '<?xml version="1.0"?><meta charset=latin1>é', true],
    ['text/html', '<?xml version="1.0" encoding="latin1"?><meta charset=utf-8>é', false],
    ['text/html', '<?xml version="1.0" encoding="latin1"?><p>é', true],
    ['text/html', '<meta charset=x-user-defined>é', true],
    ['text/xml', '<?xml version="1.0" encoding="iso-8859-1"?>é', true],
    ['text/css', '@charset "iso-8859-1"; é', true],
    ['text/html; charset=utf-8', '<meta charset=iso-8859-1>é', false],
    ['text/html', '<meta charset=no-such>é', false],
    ['text/html', '<p charset=iso-8859-1>é', false],
    ['text/plain', '<meta charset=iso-8859-1>é', false],
  ];
  for (const [contentType, text, isLatin1] of cases) {
    const bytes = Buffer.from(text, isLatin1 ? 'latin1' : 'utf8');
    t.equal(decodeText(bytes, contentType), text, `${contentType} ${text}`);
    t.same(encodeText(text, contentType).bytes, bytes, `${contentType} ${text}`);
  }
  const text = '<meta charset=iso-8859-1>€';
  t.same(encodeText(text, 'text/html').bytes, encodeText(text, 'text/html; charset=windows-1252').bytes);
  const other = '<meta charset=iso-8859-1>日';
  t.same(encodeText(other, 'text/html'), { bytes: Buffer.from(other), contentType: 'text/html; charset=utf-8' });
});
