import t from 'tap';
import { requestFields } from '../../../../src/replay/server/key/request-key.js';
import { describeDifference, differencesOf } from '../../../../src/replay/server/miss/request-differences.js';
import { type Exchange, exchange } from '../../../addons/rewrite/flows.js';
import { KEYS } from '../recorded.js';

const json = (requestBody: string): Exchange => ({ method: 'POST', requestBody });
const form = (requestBody: string): Exchange => ({
  method: 'POST',
  request: [['Content-Type', 'application/x-www-form-urlencoded']],
  requestBody,
});

const LONG = 'x'.repeat(300);

const CASES: [string, Exchange, Exchange, string[]][] = [
  ['nothing', {}, {}, []],
  [
    'head',
    { url: 'http://a/x' },
    { method: 'PUT', url: 'https://b/y' },
    ['method: "GET" → "PUT"', 'scheme: "http" → "https"', 'host: "a" → "b"', 'port: "80" → "443"', 'path: "/x" → "/y"'],
  ],
  [
    'query',
    { url: 'http://a/?x=1&y=2&z=3' },
    { url: 'http://a/?x=1&y=4&w=5' },
    ['query y: "2" → "4"', 'query z: "3" → missing', 'query w: not recorded, now "5"'],
  ],
  [
    'repeated parameter',
    { url: 'http://a/?x=1&x=2' },
    { url: 'http://a/?x=2&x=3&x=4' },
    ['query x: "1" → "3"', 'query x: not recorded, now "4"'],
  ],
  ['form', form('a=1'), form('a=2'), ['form a: "1" → "2"']],
  [
    'JSON',
    json('{"a":1,"b":{"c":[1,{"d":null}]},"x y":1}'),
    json('{"a":1,"b":{"c":[2,{"d":0}]}}'),
    ['$.b.c[0]: 1 → 2', '$.b.c[1].d: null → 0', `$['x y']: 1 → missing`],
  ],
  ['another type of JSON', json('[1]'), json('{"0":1}'), ['$: [1] → {"0":1}']],
  ['texts of JSON', json('["a\\n"]'), json('["\\u202eb"]'), ['$[0]: "a\\n" → "\\u202eb"']],
  [
    'long integers',
    json('[12345678901234567890]'),
    json('[12345678901234567891]'),
    ['$[0]: 12345678901234567890 → 12345678901234567891'],
  ],
  ['another kind of body', json('[1]'), form('a=1'), ['json: "[1]" → missing', 'form a: not recorded, now "1"']],
  ['text', json('hello'), json('bye'), ['body: "hello" → "bye"']],
  [
    'long values that differ at their end',
    { ...json(`<a>${LONG}</a><b/>`), url: `http://a/${LONG}/1?x=${LONG}1` },
    { ...json(`<a>${LONG}</a><c/>`), url: `http://a/${LONG}/22?x=${LONG}2` },
    [
      'path: "…xxxxxxxxxxxxxxxxxxx/1" → "…xxxxxxxxxxxxxxxxxxx/22"',
      'query x: "…xxxxxxxxxxxxxxxxxxxx1" → "…xxxxxxxxxxxxxxxxxxxx2"',
      'body: "…xxxxxxxxxxxxxxx</a><b/>" → "…xxxxxxxxxxxxxxx</a><c/>"',
    ],
  ],
  [
    'control characters, and characters of two code units where a value is cut',
    { url: `http://a/?a%0Ab=1&x=${'%F0%9F%98%80'.repeat(100)}1` },
    { url: `http://a/?a%0Ab=2&x=${'%F0%9F%98%80'.repeat(100)}2` },
    ['query a\\nb: "1" → "2"', `query x: "…${'😀'.repeat(10)}1" → "…${'😀'.repeat(10)}2"`],
  ],
  [
    'a long value that is missing',
    { url: `http://a/?x=0${'%F0%9F%98%80'.repeat(100)}` },
    { url: 'http://a/' },
    [`query x: "0${'😀'.repeat(39)}…" → missing`],
  ],
  [
    'long values of JSON',
    json(`{"a":"${LONG}1"}`),
    json(`{"a":"${LONG}2"}`),
    ['$.a: …xxxxxxxxxxxxxxxxxxxx1" → …xxxxxxxxxxxxxxxxxxxx2"'],
  ],
];

for (const [name, one, other, wanted] of CASES) {
  t.test(name, async (t) => {
    const fields = async (parts: Exchange) => requestFields(exchange(parts), KEYS);
    t.same(differencesOf(await fields(one), await fields(other)).map(describeDifference), wanted);
  });
}

t.test('not more than a few of many', async (t) => {
  const fields = async (number: number) =>
    requestFields(exchange(json(JSON.stringify(Array.from({ length: 200_000 }, () => number)))), KEYS);
  t.equal(differencesOf(await fields(1), await fields(2)).length, 50);
  const values = async (value: string) => requestFields(exchange(form(`x=${value}&`.repeat(200_000))), KEYS);
  t.equal(differencesOf(await values('1'), await values('2')).length, 50);
});
