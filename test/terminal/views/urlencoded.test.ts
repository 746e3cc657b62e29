import t from 'tap';
import { urlencodedView } from '../../../src/terminal/views/urlencoded.js';
import { viewed } from './collect-text.js';

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
