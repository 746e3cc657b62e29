import t from 'tap';
import { alignedPairs, multipartView, urlencodedView } from '../../../src/terminal/views/form.js';
import { viewed } from './collect-text.js';

const TYPE = 'multipart/form-data; boundary=XX';

const PNG = Buffer.from('89504e470d0a1a0a00000000', 'hex').toString('latin1');

function part(head: string[], content: string): string {
  return `--XX\r\n${head.map((line) => `${line}\r\n`).join('')}\r\n${content}\r\n`;
}

t.test('fields and files', async (t) => {
  const form = [
    part(['Content-Disposition: form-data; name="user"'], 'jane'),
    part(['content-disposition: form-data; name=comment'], 'one\r\ntwo\r\n--XY'),
    part(['Content-Disposition: form-data; name="photo"; filename="c\\"at.png"', 'Content-Type: image/png'], PNG),
    part(
      ['Content-Disposition: form-data; name="notes"; filename="n.txt"', 'Content-Type: text/plain'],
      'line 1\nline 2',
    ),
    part(['Content-Disposition: form-data; name="empty"'], ''),
    part([], 'no name'),
    '--XX--\r\nepilogue',
  ].join('');
  const text = [
    'user:    jane',
    'comment: one\r',
    '         two\r',
    '         --XY',
    'photo:   (c"at.png, image/png, 12b)',
    'notes:   (n.txt, text/plain, 13b)',
    '         line 1',
    '         line 2',
    'empty:   ',
    ':        no name',
    '',
  ].join('\n');
  t.equal(viewed(multipartView, Buffer.from(form, 'latin1'), TYPE), text);
  t.equal(viewed(multipartView, Buffer.from(`preamble\r\n${form}`, 'latin1'), TYPE), text, 'with a preamble');
});

t.test('damaged forms', async (t) => {
  const valid = part(['Content-Disposition: form-data; name="a"'], 'b');
  const table: [content: string, type: string, text: string | undefined][] = [
    [`${valid}--XX`, TYPE, 'a: b\n'],
    [valid.trimEnd(), TYPE, 'a: b\n'],
    ['--XX\r\n--XX--', TYPE, ': \n'],
    ['--XX--', TYPE, undefined],
    ['--XX', TYPE, undefined],
    ['no delimiter', TYPE, undefined],
    [valid, 'multipart/form-data', undefined],
    [`${'--XX\r\n\r\n\r\n'.repeat(10_002)}--XX--`, TYPE, undefined],
  ];
  for (const [content, type, text] of table) t.equal(viewed(multipartView, content, type), text, content.slice(0, 40));
  for (let end = 0; end < valid.length; end++) {
    t.doesNotThrow(() => viewed(multipartView, valid.slice(0, end), TYPE), `prefix of ${end}`);
  }
});

const FORM = 'application/x-www-form-urlencoded';

t.test('names and values', async (t) => {
  const table: [content: string, text: string | undefined][] = [
    ['a=1', 'a: 1\n'],
    ['user=jane&password=se+cr%20et%21&x=', 'user:     jane\npassword: se cr et!\nx:        \n'],
    ['a=1&a=2', 'a: 1\na: 2\n'],
    ['a=%C3%A9&%E2%98%83=b', 'a: é\n☃: b\n'],
    ['a=%ff', 'a: \ufffd\n'],
    ['a=one%0Atwo', 'a: one\n   two\n'],
    ['a=b&flag', 'a:    b\nflag: \n'],
    ['?a=1', '?a: 1\n'],
    ['a=with space\r\n', 'a: with space\n'],
    ['{"a":"b=c"}', undefined],
    ['[1]', undefined],
    ['<a b="c"/>', undefined],
    ['just text', undefined],
    ['just = text', undefined],
    ['', undefined],
    [`a=1${'&a'.repeat(10_000)}`, undefined],
  ];
  for (const [content, text] of table) t.equal(viewed(urlencodedView, content, FORM), text, content.slice(0, 40));
});

t.test('one long name does not move the others', async (t) => {
  const long = 'n'.repeat(40);
  t.equal(viewed(urlencodedView, `ab=1&${long}=2`, FORM), `ab: 1\n${long}: 2\n`);
});

t.test('values stand in one column', async (t) => {
  const table: [pairs: [string, string][], text: string][] = [
    [[], ''],
    [[['a', '1']], 'a: 1\n'],
    [
      [
        ['a', '1'],
        ['long', '2'],
      ],
      'a:    1\nlong: 2\n',
    ],
    [[['ab', 'x\ny\n']], 'ab: x\n    y\n    \n'],
    [
      [
        ['a', '1'],
        ['n'.repeat(33), '2'],
      ],
      `a: 1\n${'n'.repeat(33)}: 2\n`,
    ],
  ];
  for (const [pairs, text] of table) t.equal([...alignedPairs(pairs)].join(''), text);
});
