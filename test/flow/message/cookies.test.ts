import t from 'tap';
import type { RequestCookies } from '../../../src/flow/message/request-cookies.js';
import type { ResponseCookies } from '../../../src/flow/message/response-cookies.js';
import { block, request, response } from './messages.js';

const SENT = 'Host:a\r\ncookie:  a=1;b="x y"; c=%41;  a = 2;\r\nX:y\r\nCookie: d=\xc3\xa4; flag\r\n';

t.test('cookies of a request are read, and the lines stay', async (t) => {
  const message = request('/', SENT);
  t.same(
    [...message.cookies],
    [
      ['a', '1'],
      ['b', '"x y"'],
      ['c', '%41'],
      ['a', '2'],
      ['d', 'ä'],
      ['', 'flag'],
    ],
  );
  t.same(
    [message.cookies.get('a'), message.cookies.getAll('a'), message.cookies.get('A')],
    ['1', ['1', '2'], undefined],
  );
  t.equal(message.cookies.length, 6);
  t.same([block(message), message.changed], [SENT, false]);
  t.same([...request('/').cookies], []);
  t.same([...request('/', 'Cookie: a=\xff; ;; b=c=d\r\n').cookies], [['a', 'ÿ'], ['b', 'c=d']]); // biome-ignore format: short
});

t.test('a change of a cookie alters only that', async (t) => {
  const cases: [what: string, change: (cookies: RequestCookies) => unknown, from: string, to: string | undefined][] = [
    ['set', (cookies) => cookies.set('c', 'ü'), 'cookie:  a=1;b="x y"; c=%41', 'cookie: a=1;b="x y"; c=\xc3\xbc'],
    [
      'set of two',
      (cookies) => cookies.set('a', '3'),
      'cookie:  a=1;b="x y"; c=%41;  a = 2;',
      'cookie: a=3;b="x y"; c=%41;',
    ],
    ['set to two', (cookies) => cookies.set('b', ['1', '2']), 'cookie:  a=1;b="x y"; c', 'cookie: a=1;b=1; b=2; c'],
    ['set to what it is', (cookies) => cookies.set('d', 'ä'), '', undefined],
    ['set of a new one', (cookies) => cookies.set('n', 'v'), 'flag', 'flag; n=v'],
    ['set without a name', (cookies) => cookies.set('', 'other'), 'flag', 'other'],
    ['set without a name, with an equals sign', (cookies) => cookies.set('', 'a=b'), 'flag', '=a=b'],
    ['delete', (cookies) => t.equal(cookies.delete('d'), true), 'd=\xc3\xa4; ', ''],
    [
      'delete of two',
      (cookies) => cookies.delete('a'),
      'cookie:  a=1;b="x y"; c=%41;  a = 2;',
      'cookie: b="x y"; c=%41;',
    ],
    ['delete of none', (cookies) => t.equal(cookies.delete('x'), false), '', undefined],
  ];
  for (const [what, change, from, to] of cases) {
    const message = request('/', SENT);
    change(message.cookies);
    t.equal(block(message), SENT.replace(from, to ?? from), what);
    t.equal(message.changed, to !== undefined, what);
  }
});

t.test('lines of cookies come and go', async (t) => {
  const message = request('/', 'Host: a\r\n');
  message.cookies.append('a', '1');
  t.equal(block(message), 'Host: a\r\nCookie: a=1\r\n');
  message.cookies.append('b', '');
  t.equal(block(message), 'Host: a\r\nCookie: a=1; b=\r\n');
  message.cookies.delete('a');
  message.cookies.delete('b');
  t.equal(block(message), 'Host: a\r\n');
  const open = request('/', 'Cookie: a=1; \r\n');
  open.cookies.append('b', '2');
  t.equal(block(open), 'Cookie: a=1; b=2\r\n');
  const http2 = request('/', '', '', { httpVersion: 'HTTP/2.0' });
  http2.cookies = { a: '1', b: '2' };
  t.equal(block(http2), 'cookie: a=1; b=2\r\n');
  http2.cookies = [];
  t.equal(block(http2), '');
  for (const value of [' a', 'a ', 'a;b', 'a\r\nB: c', '\0', '\x7f']) {
    t.throws(() => open.cookies.set('b', value), TypeError, JSON.stringify(value));
    t.throws(() => open.cookies.set('new', value), TypeError, JSON.stringify(value));
    t.throws(() => open.cookies.append(`n${value}=`, 'v'), TypeError, JSON.stringify(value));
  }
  t.equal(block(open), 'Cookie: a=1; b=2\r\n');
});

const SET =
  'A:b\r\nset-cookie:sid=1;Path=/;  HttpOnly;X-Odd=1; samesite=Lax\r\nC:d\r\nSet-Cookie: t="q"; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Max-Age=60; Domain=a.test; Secure; Partitioned\r\nSet-Cookie: sid=2\r\n';

t.test('cookies of a response are read, and the lines stay', async (t) => {
  const message = response(SET);
  const [first, second, third] = [...message.cookies];
  t.match(first, {
    name: 'sid',
    value: '1',
    path: '/',
    httpOnly: true,
    secure: false,
    sameSite: 'Lax',
    partitioned: false,
  });
  t.same([first!.expires, first!.maxAge, first!.domain], [undefined, undefined, undefined]);
  t.same(first!.attributes, [['Path', '/'], ['HttpOnly', ''], ['X-Odd', '1'], ['samesite', 'Lax']]); // biome-ignore format: short
  t.equal(first!.attribute('x-odd'), '1');
  t.match(second, {
    name: 't',
    value: '"q"',
    maxAge: 60,
    domain: 'a.test',
    secure: true,
    partitioned: true,
    httpOnly: false,
  });
  t.equal(second!.expires!.toISOString(), '2015-10-21T07:28:00.000Z');
  t.same([third!.name, third!.value, String(third)], ['sid', '2', 'sid=2']);
  t.equal(message.cookies.get('sid')!.value, '1');
  t.same(message.cookies.getAll('sid').map(({ value }) => value), ['1', '2']); // biome-ignore format: short
  t.same([message.cookies.get('x'), message.cookies.has('t'), message.cookies.length], [undefined, true, 3]);
  t.same([block(message), message.changed], [SET, false]);
  const odd = response('Set-Cookie: a; max-age=x; expires=never; path; path=/b\r\nSet-Cookie:\r\n').cookies.get('')!;
  t.match(odd, { value: 'a', path: '/b' });
  t.same([odd.maxAge, odd.expires], [undefined, undefined]);
});

t.test('a change of an attribute alters only that', async (t) => {
  const date = new Date('2030-01-02T03:04:05Z');
  const cases: [what: string, change: (cookies: ResponseCookies) => unknown, from: string, to: string | undefined][] = [
    ['value', (cookies) => (cookies.get('sid')!.value = 'ä'), 'sid=1', 'sid=\xc3\xa4'],
    ['name', (cookies) => (cookies.get('t')!.name = 'u'), 't="q"', 'u="q"'],
    ['path', (cookies) => (cookies.get('sid')!.path = '/x'), 'Path=/', ' Path=/x'],
    ['same site', (cookies) => (cookies.get('sid')!.sameSite = 'None'), 'samesite=Lax', 'samesite=None'],
    ['a flag on', (cookies) => (cookies.get('sid')!.secure = true), 'samesite=Lax', 'samesite=Lax; Secure'],
    ['a flag off', (cookies) => (cookies.get('sid')!.httpOnly = false), ';  HttpOnly', ''],
    ['a flag as it is', (cookies) => (cookies.get('sid')!.httpOnly = true), '', undefined],
    ['an attribute as it is', (cookies) => (cookies.get('sid')!.path = '/'), '', undefined],
    ['expires', (cookies) => (cookies.get('t')!.expires = date), 'Wed, 21 Oct 2015 07:28:00', 'Wed, 02 Jan 2030 03:04:05'],
    ['expires off', (cookies) => (cookies.get('t')!.expires = undefined), ' Expires=Wed, 21 Oct 2015 07:28:00 GMT;', ''],
    ['max age', (cookies) => (cookies.get('t')!.maxAge = 0), 'Max-Age=60', 'Max-Age=0'],
    ['domain off', (cookies) => (cookies.get('t')!.domain = undefined), ' Domain=a.test;', ''],
    ['partitioned off', (cookies) => (cookies.get('t')!.partitioned = false), '; Partitioned', ''],
    ['an unknown one', (cookies) => cookies.get('sid')!.setAttribute('x-odd', '2'), 'X-Odd=1', ' X-Odd=2'],
    ['a new one', (cookies) => cookies.getAll('sid')[1]!.setAttribute('Priority', 'High'), 'sid=2', 'sid=2; Priority=High'],
    ['set', (cookies) => cookies.set('t', 'v'), 't="q"', 't=v'],
    ['set with attributes', (cookies) => cookies.set('t', 'v', { secure: false, path: '/' }), /t="q".*/.exec(SET)![0], 't=v; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Max-Age=60; Domain=a.test; Partitioned; Path=/'],
    ['set of two', (cookies) => cookies.set('sid', '1'), 'Set-Cookie: sid=2\r\n', ''],
    ['set of a new one', (cookies) => cookies.set('n', 'v', { maxAge: 5, httpOnly: true }), 'sid=2\r\n', 'sid=2\r\nSet-Cookie: n=v; Max-Age=5; HttpOnly\r\n'],
    ['append', (cookies) => cookies.append('sid', '3', { sameSite: 'Strict', expires: date }), 'sid=2\r\n', 'sid=2\r\nSet-Cookie: sid=3; SameSite=Strict; Expires=Wed, 02 Jan 2030 03:04:05 GMT\r\n'],
    ['delete', (cookies) => t.equal(cookies.delete('t'), true), /Set-Cookie: t.*\r\n/.exec(SET)![0], ''],
    ['delete of none', (cookies) => t.equal(cookies.delete('x'), false), '', undefined],
  ]; // biome-ignore format: a table
  for (const [what, change, from, to] of cases) {
    const message = response(SET);
    change(message.cookies);
    const wasRead = to !== undefined && from !== '' && SET.slice(0, SET.indexOf(from) + 1).split('\r\n').length === 2;
    const expected = SET.replace(from, () => to ?? from);
    t.equal(block(message), wasRead ? expected.replace('set-cookie:', 'set-cookie: ') : expected, what);
    t.equal(message.changed, to !== undefined, what);
  }
});

t.test('a cookie is live', async (t) => {
  const message = response('Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n');
  const [a, b] = [...message.cookies];
  a!.value = '3';
  a!.path = '/';
  message.headers.insert(0, 'Set-Cookie', 'new=1');
  b!.value = '4';
  t.equal(block(message), 'Set-Cookie: new=1\r\nSet-Cookie: a=3; Path=/\r\nSet-Cookie: b=4\r\n');
  message.cookies.delete('a');
  t.throws(() => (a!.value = '5'), Error);
  for (const value of ['a;b', ' a', '\r\n']) {
    t.throws(() => (b!.value = value), TypeError);
    t.throws(() => (b!.path = value), TypeError);
    t.throws(() => message.cookies.append('x', value), TypeError);
    t.throws(() => message.cookies.set('b', 'v', { domain: value }), TypeError);
  }
  t.equal(block(message), 'Set-Cookie: new=1\r\nSet-Cookie: b=4\r\n');
  const http2 = response('', '', 'HTTP/2.0');
  http2.cookies.append('a', '1');
  t.equal(block(http2), 'set-cookie: a=1\r\n');
});
