import t from 'tap';
import { multipartView } from '../../../src/terminal/views/multipart.js';
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
