import t from 'tap';
import { Headers } from '../../../../src/flow/http/headers.js';
import { requestCookies, responseCookies } from '../../../../src/serialize/har/message/cookies.js';

const SENT: [header: string, cookies: [string, string][]][] = [
  ['a=1', [['a', '1']]],
  [
    'a=1; b=2;c = 3 ;',
    [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ],
  ],
  [
    'a="x=y"; b=',
    [
      ['a', '"x=y"'],
      ['b', ''],
    ],
  ],
  ['alone', [['', 'alone']]],
];
for (const [header, cookies] of SENT) {
  const found = requestCookies(Headers.from([['Cookie', header]]));
  t.same(
    found,
    cookies.map(([name, value]) => ({ name, value })),
    header,
  );
}
t.equal(
  requestCookies(
    Headers.from([
      ['Cookie', 'a=1'],
      ['cookie', 'b=2'],
    ]),
  ).length,
  2,
);

const RECEIVED = 1_700_000_000;
const SET: [header: string, cookie: object][] = [
  ['a=1', {}],
  ['a=1; Path=/x; Domain=.e.example', { path: '/x', domain: '.e.example' }],
  ['a=1; secure;HTTPONLY; SameSite=None', { secure: true, httpOnly: true, sameSite: 'None' }],
  ['a=1; expires=Wed, 21 Oct 2015 07:28:00 GMT', { expires: '2015-10-21T07:28:00.000Z' }],
  ['a=1; Expires=Wed, 21-Oct-2015 07:28:00 GMT', { expires: '2015-10-21T07:28:00.000Z' }],
  ['a=1; Max-Age=60; Expires=Wed, 21 Oct 2015 07:28:00 GMT', { expires: '2023-11-14T22:14:20.000Z' }],
  ['a=1; Max-Age=soon; Expires=never', {}],
  ['a=1; Max-Age=99999999999999999', {}],
];
for (const [header, cookie] of SET) {
  const [found] = responseCookies(Headers.from([['Set-Cookie', header]]), RECEIVED);
  t.same(found, { name: 'a', value: '1', httpOnly: false, secure: false, ...cookie }, header);
}
