import t from 'tap';
import { parseMediaType } from '../../../src/terminal/views/media-type.js';

t.test('media types', async (t) => {
  const table: [value: string | undefined, essence: string, parameters: Record<string, string>][] = [
    ['text/html', 'text/html', {}],
    [' Text/HTML ;Charset=UTF-8', 'text/html', { charset: 'UTF-8' }],
    ['multipart/form-data; boundary="a; b=\\"c\\""; x=1', 'multipart/form-data', { boundary: 'a; b="c"', x: '1' }],
    ['text/plain; charset=a; charset=b', 'text/plain', { charset: 'a' }],
    ['text/plain; charset=', 'text/plain', { charset: '' }],
    ['text/plain; charset="open', 'text/plain', { charset: 'open' }],
    ['text; charset=a', '', {}],
    ['text', '', {}],
    ['', '', {}],
    [undefined, '', {}],
  ];
  for (const [value, essence, parameters] of table) {
    const type = parseMediaType(value);
    t.equal(type.essence, essence, String(value));
    for (const [name, wanted] of Object.entries(parameters)) t.equal(type.parameter(name), wanted, String(value));
    t.equal(type.parameter('other'), undefined, String(value));
  }
});
