import t from 'tap';
import { parseMediaType, parseParameters } from '../../../src/terminal/views/media-type.js';

t.test('media types', async (t) => {
  const table: [value: string | undefined, essence: string, parameters: Record<string, string>][] = [
    ['text/html', 'text/html', {}],
    [' Text/HTML ;Charset=UTF-8', 'text/html', { charset: 'UTF-8' }],
    ['multipart/form-data; boundary="a; b=\\"c\\""; x=1', 'multipart/form-data', { boundary: 'a; b="c"', x: '1' }],
    ['text/plain; charset=a; charset=b', 'text/plain', { charset: 'a' }],
    ['text/plain; charset=', 'text/plain', { charset: '' }],
    ['text/plain; charset="open', 'text/plain', { charset: '' }],
    ['text', '', {}],
    ['', '', {}],
    [undefined, '', {}],
  ];
  for (const [value, essence, parameters] of table) {
    const type = parseMediaType(value);
    t.equal(type.essence, essence, String(value));
    t.same(Object.fromEntries(type.parameters), parameters, String(value));
  }
});

t.test('parameters of other fields', async (t) => {
  t.same(
    [...parseParameters('form-data; name="a b"; filename=c.txt')],
    [
      ['name', 'a b'],
      ['filename', 'c.txt'],
    ],
  );
});
