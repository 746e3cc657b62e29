import t from 'tap';
import { defaultPort, formatAuthority, formatHostPort, parseAuthority } from '../../../src/flow/http/authority.js';

t.test('valid authorities', async (t) => {
  const cases: [text: string, host: string, port?: number][] = [
    ['a', 'a'],
    ['a:80', 'a', 80],
    ['a:', 'a'],
    ['A.Example:0', 'A.Example', 0],
    ['a:65535', 'a', 65535],
    ['a:00080', 'a', 80],
    ['1.2.3.4:5', '1.2.3.4', 5],
    ['[::1]', '::1'],
    ['[::1]:443', '::1', 443],
    ['[::1]:', '::1'],
    ['[fe80::1%eth0]:80', 'fe80::1%eth0', 80],
    ['[::ffff:1.2.3.4]:80', '::ffff:1.2.3.4', 80],
    ['::1', '::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['under_score:1', 'under_score', 1],
    ['b\xfccher', 'b\xfccher'],
  ];
  for (const [text, host, port] of cases) t.same(parseAuthority(text), { host, port }, text);
});

t.test('invalid authorities', async (t) => {
  const texts = [
    '',
    ':',
    ':80',
    'a:65536',
    'a:123456',
    'a:x',
    'a:-1',
    'a:+1',
    'a: 1',
    'a b',
    'a/',
    'a?',
    'a#',
    'u@a',
    'a\\b',
    '[',
    ']',
    '[]',
    '[]:80',
    '[a]',
    '[::1',
    '[::1]x',
    '[::1]:x',
    '[[::1]]',
    '::1:80:',
    'a:1:2',
    '[:]',
    '\ta',
    'a\r',
  ];
  for (const text of texts) t.equal(parseAuthority(text), undefined, JSON.stringify(text));
});

t.test('written', async (t) => {
  t.equal(formatHostPort('a', 80), 'a:80');
  t.equal(formatHostPort('::1', 80), '[::1]:80');
  t.equal(formatAuthority('a', 80, 'http'), 'a');
  t.equal(formatAuthority('a', 443, 'http'), 'a:443');
  t.equal(formatAuthority('::1', 443, 'https'), '[::1]');
  t.equal(formatAuthority('::1', 80, 'wss'), '[::1]:80');
  t.same(['http', 'ws', 'https', 'wss', 'ftp'].map(defaultPort), [80, 80, 443, 443, undefined]);
});
