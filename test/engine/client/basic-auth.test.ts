import t from 'tap';
import { parseBasic } from '../../../src/engine/client/basic-auth.js';

const basic = (text: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;

t.test('Basic credentials', (t) => {
  const cases: [value: string, username: string, password: string][] = [
    ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'Aladdin', 'open sesame'],
    ['basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ== ', 'Aladdin', 'open sesame'],
    ['BASIC QWxhZGRpbjpvcGVuIHNlc2FtZQ', 'Aladdin', 'open sesame'],
    [basic(':'), '', ''],
    [basic('a:b:c'), 'a', 'b:c'],
    [basic('test:123£'), 'test', '123£'],
    [basic('test:123£', 'latin1'), 'test', '123£'],
  ];
  for (const [value, username, password] of cases) t.same(parseBasic(value), { username, password }, value);
  for (const value of [
    '',
    'Basic',
    'Basic ',
    basic('nocolon'),
    'Bearer abc',
    'Digest a="b"',
    'Basic a:b',
    'Basic YTpi, Basic YTpj',
  ]) {
    t.equal(parseBasic(value), undefined, value);
  }
  t.end();
});
