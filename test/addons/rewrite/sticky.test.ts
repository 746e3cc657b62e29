import t from 'tap';
import { type Exchange, exchange } from './flows.js';
import { addonsFor, type RewriteSettings, runHooks } from './rewriting.js';

async function fieldAfter(name: string, settings: RewriteSettings, flows: Exchange[]): Promise<string | undefined> {
  const made = flows.map(exchange);
  await runHooks(await addonsFor(settings), made);
  return made.at(-1)!.request.headers.get(name);
}

const setting = (line: string, url = 'http://a.test/x/y'): Exchange => ({ url, response: [['Set-Cookie', line]] });

const COOKIES: [flows: Exchange[], expected: string | undefined][] = [
  [[setting('a=1'), { url: 'http://a.test/x/z' }], 'a=1'],
  [[setting('a=1'), { url: 'http://a.test/x' }], 'a=1'],
  [[setting('a=1'), { url: 'http://a.test/xy' }], undefined],
  [[setting('a=1; Path=/'), { url: 'http://a.test/' }], 'a=1'],
  [[setting('a=1; Path=/'), { url: 'http://b.test/' }], undefined],
  [[setting('a=1; Path=/'), { url: 'http://a.test:81/' }], undefined],
  [[setting('a=1; Path=/'), { url: 'http://sub.a.test/' }], undefined],
  [[setting('a=1; Path=/; Domain=.A.test'), { url: 'http://sub.a.test/' }], 'a=1'],
  [[setting('a=1; Path=/; Domain=a.test', 'http://nota.test/'), { url: 'http://a.test/' }], undefined],
  [[setting('a=1; Path=/; Domain=test'), { url: 'http://b.test/' }], undefined],
  [[setting('a=1; Path=/; Secure', 'https://a.test:80/'), { url: 'http://a.test/' }], undefined],
  [[setting('a=1; Path=/; Secure', 'https://a.test/'), { url: 'https://a.test/' }], 'a=1'],
  [[setting('a=1; Path=/'), setting('a=2; Path=/'), { url: 'http://a.test/' }], 'a=2'],
  [[setting('a=1; Path=/'), setting('a=; Path=/; Max-Age=0'), { url: 'http://a.test/' }], undefined],
  [[setting('a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'), { url: 'http://a.test/' }], undefined],
  [[setting('a=1; Path=/; Expires=Sunday, 06-Nov-94 08:49:37 GMT'), { url: 'http://a.test/' }], undefined],
  [[setting('a=1; Path=/; Expires=Sun Nov  6 08:49:37 2894'), { url: 'http://a.test/' }], 'a=1'],
  [[setting('a=1; Path=/; Expires=soon'), { url: 'http://a.test/' }], 'a=1'],
  [[setting('a=1; Path=/; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT'), { url: 'http://a.test/' }], 'a=1'],
  [[setting('a=1; Path=/'), setting('b="x y"; Path=/x'), { url: 'http://a.test/x' }], 'b="x y"; a=1'],
  [[setting('a=1; Path=/'), { url: 'http://a.test/', request: [['Cookie', 'own=1']] }], 'a=1'],
  [[{ url: 'http://a.test/', request: [['Cookie', 'own=1']] }], 'own=1'],
  [[setting('a=1; Path=/'), { url: 'http://a.test/', method: 'POST' }], undefined],
  [[setting(' = '), setting(`a=${'x'.repeat(5000)}`), { url: 'http://a.test/x/y' }], undefined],
  [[setting('lone; Path=/'), { url: 'http://a.test/' }], 'lone'],
];

t.test('sticky cookies', async (t) => {
  for (const [flows, expected] of COOKIES) {
    t.equal(await fieldAfter('cookie', { stickycookie: '~m GET' }, flows), expected, JSON.stringify(flows));
  }
});

const basic: Exchange = { url: 'http://a.test/', request: [['Authorization', 'Basic 1']] };

const CREDENTIALS: [flows: Exchange[], expected: string | undefined][] = [
  [[basic, { url: 'http://a.test/x' }], 'Basic 1'],
  [[basic, { url: 'http://b.test/x' }], undefined],
  [[basic, { url: 'http://a.test/x', method: 'POST' }], undefined],
  [[basic, { url: 'http://a.test/x', request: [['Authorization', 'Basic 2']] }], 'Basic 2'],
  [[basic, { ...basic, request: [['Authorization', 'Basic 2']] }, { url: 'http://a.test/x' }], 'Basic 2'],
];

t.test('sticky credentials', async (t) => {
  for (const [flows, expected] of CREDENTIALS) {
    t.equal(await fieldAfter('authorization', { stickyauth: '~m GET' }, flows), expected, JSON.stringify(flows));
  }
});

t.test('anticache and anticomp', async (t) => {
  const request: [string, string][] = [
    ['If-None-Match', '"x"'],
    ['If-Modified-Since', 'x'],
    ['Accept-Encoding', 'br'],
  ];
  const flow = exchange({ request });
  await runHooks(await addonsFor({ anticache: true, anticomp: true }), [flow]);
  t.same([...flow.request.headers].slice(1), [['Accept-Encoding', 'identity']]);
  const other = exchange({ request: [['Accept-Encoding', 'identity']] });
  await runHooks(await addonsFor({ anticache: true, anticomp: true }), [other]);
  t.notOk(other.request.changed);
});
