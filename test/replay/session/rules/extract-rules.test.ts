import t from 'tap';
import { ParseError } from '../../../../src/flow/text/parse-error.js';
import { parseExtractRule } from '../../../../src/replay/session/rules/extract-rule.js';
import { newSettings, replay, responseOf } from '../conversation.js';

const JSON_TYPE = 'Content-Type: application/json';

/** A rule, what a response issued and issues now, a later request, and that request as it is sent. */
const CASES: readonly (readonly [rule: string, recorded: string, answer: string, request: string, sent: string])[] = [
  [
    'header:X-Token -> header:Authorization',
    'X-Token: t1',
    'X-Token: t2',
    'GET /\nAuthorization: Token t1',
    'GET /\nAuthorization: Token t2',
  ],
  [
    'token=header:X-Token -> header:X-Auth',
    'X-Token: t1',
    'X-Token: t2',
    'GET /\nx-auth: v1 key=t1; t1x',
    'GET /\nx-auth: v1 key=t1; t1x',
  ],
  ['header:X-Token -> header:X-Auth', 'X-Token: t1', 'X-Token: t2', 'GET /\nx-auth: v1 "t1"', 'GET /\nx-auth: v1 "t2"'],
  [
    'cookie:a -> cookie:b',
    'Set-Cookie: a=1',
    'Set-Cookie: a=2',
    'GET /\nCookie: a=1; b=1; c=1',
    'GET /\nCookie: a=2; b=2; c=1',
  ],
  [
    '$.at -> param:since',
    `${JSON_TYPE}\n\n{"at":7}`,
    `${JSON_TYPE}\n\n{"at":8}`,
    'GET /?since=7&at=7',
    'GET /?since=8&at=7',
  ],
  [
    '.pages[*].n -> $.list[*]',
    `${JSON_TYPE}\n\n{"pages":[{"n":1},{"n":2}]}`,
    `${JSON_TYPE}\n\n{"pages":[{"n":3},{"n":4}]}`,
    `POST /\n${JSON_TYPE}\n\n{"list":[2, 1, "1"],"x":1}`,
    `POST /\n${JSON_TYPE}\n\n{"list":[4, 3, "3"],"x":1}`,
  ],
  [
    '$.user -> path:me',
    `${JSON_TYPE}\n\n{"user":"ann"}`,
    `${JSON_TYPE}\n\n{"user":"bob"}`,
    'GET /me/ann/ann',
    'GET /me/bob/ann',
  ],
  [
    '/csrf = "(.+?)"/ -> param:csrf',
    'Content-Type: text/html\n\n<script>csrf = "x1"</script>',
    'Content-Type: text/html\n\n<script>csrf = "x2"</script>',
    'GET /?csrf=x1',
    'GET /?csrf=x2',
  ],
  [
    '/key:(?:\\w+)/',
    'Content-Type: text/css\n\nkey:one',
    'Content-Type: text/css\n\nkey:two',
    'GET /?a=key:one&b=key:onex',
    'GET /?a=key:two&b=key:onex',
  ],
  [
    '/number (\\d+)/',
    'Content-Type: text/plain\n\nYour number 12',
    'Content-Type: text/plain\n\nYour number 34',
    `POST /12\nCookie: a=12\n${JSON_TYPE}\n\n{"a":12,"b":"12","c":123}`,
    `POST /34\nCookie: a=34\n${JSON_TYPE}\n\n{"a":34,"b":"34","c":123}`,
  ],
  [
    '/ -> (\\d+)/ -> param:a',
    'Content-Type: text/plain\n\n1 -> 2',
    'Content-Type: text/plain\n\n1 -> 3',
    'GET /?a=2',
    'GET /?a=3',
  ],
];

for (const isPipe of [false, true]) {
  t.test(`values that rules find, ${isPipe ? 'from a pipe' : 'from a file'}`, async (t) => {
    for (const [rule, recorded, answer, request, sent] of CASES) {
      const [, second] = await replay([{ request: 'GET /first', recorded, answer }, { request }], isPipe, [rule]);
      t.equal(second?.text, sent, rule);
    }
  });
}

t.test('rules that have found nothing', async (t) => {
  const { rules } = newSettings(['header:X-A', 'header:X-B', '$.id', 'last=/x(.)/']);
  const response = responseOf(`X-B: 1\n${JSON_TYPE}\n\n{"id":null}`);
  rules.extract(response, await response.body.bytes(), () => {});
  t.same(
    rules.unmatched.map(({ name }) => name),
    ['header:X-A', '$.id', 'last'],
  );
});

t.test('what is not a rule', async (t) => {
  const wrong: readonly (readonly [rule: string, column: number])[] = [
    ['', 1],
    ['  ', 3],
    ['name=', 6],
    ['token', 1],
    ['header:', 8],
    ['header:X-Token->header:X-Auth', 8],
    ['a=cookie:', 10],
    ['param:a', 1],
    ['path:a -> header:b', 1],
    ['$.a[', 5],
    ['/a', 3],
    ['/(/', 2],
    ['x=/a(/', 5],
    ['header:a -> ', 13],
    ['header:a -> b', 13],
    ['header:a -> param:', 19],
    ['header:a -> $[', 15],
  ];
  for (const [rule, column] of wrong) {
    try {
      parseExtractRule(rule);
      t.fail(`${rule} is not a rule`);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      t.equal(error.column, column, `${rule}: ${error.message}`);
    }
  }
});
