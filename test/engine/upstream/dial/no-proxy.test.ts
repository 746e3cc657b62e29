import t from 'tap';
import { NoProxy, NoProxyError } from '../../../../src/engine/upstream/dial/no-proxy.js';

const CASES: [entries: string[], matching: string[], other: string[]][] = [
  [[], [], ['a', '127.0.0.1', '::1']],
  [[''], [], ['a']],
  [['*'], ['a', '127.0.0.1', '::1'], []],
  [
    ['example.com'],
    ['example.com', 'EXAMPLE.com', 'example.com.', 'a.b.example.com'],
    ['anexample.com', 'example.org', 'com'],
  ],
  [['.example.com'], ['example.com', 'a.example.com'], ['anexample.com']],
  [['*.example.com'], ['example.com', 'a.example.com'], ['anexample.com']],
  [['Example.COM.'], ['example.com', 'a.example.com'], ['example']],
  [
    ['bücher.test', '.例え.テスト'],
    ['xn--bcher-kva.test', 'www.XN--BCHER-KVA.test.', 'xn--r8jz45g.xn--zckzah'],
    ['bucher.test', 'xn--zckzah'],
  ],
  [['localhost, a,b  c'], ['localhost', 'a', 'b', 'c', 'x.c'], ['d', 'bc']],
  [['a', 'b'], ['a', 'b'], ['c']],
  [['127.0.0.1'], ['127.0.0.1'], ['127.0.0.2', '127.0.0.10', '::1', 'localhost']],
  [['10.0.0.0/8'], ['10.0.0.0', '10.255.255.255'], ['11.0.0.0', '9.255.255.255', '10.example.com']],
  [['0.0.0.0/0'], ['1.2.3.4'], ['::1']],
  [
    ['::1', '[2001:db8::1]'],
    ['::1', '2001:db8::1', '2001:DB8:0::1'],
    ['::2', '127.0.0.1'],
  ],
  [['2001:db8::/32', '[fe80::]/10'], ['2001:db8:ffff::1', 'fe80::1'], ['2001:db9::1']],
];

for (const [entries, matching, other] of CASES) {
  const noProxy = new NoProxy(entries);
  for (const host of matching) t.ok(noProxy.matches(host, 443), `${JSON.stringify(entries)} has ${host}`);
  for (const host of other) t.notOk(noProxy.matches(host, 443), `${JSON.stringify(entries)} has not ${host}`);
}

t.test('entries with a port', async (t) => {
  const noProxy = new NoProxy(['a.test:8080, 127.0.0.1:1', '[::1]:2', '*:3', '10.0.0.0/8:4', 'b.test']);
  const found = (host: string) => [1, 2, 3, 4, 443, 8080].filter((port) => noProxy.matches(host, port));
  t.strictSame(found('a.test'), [3, 8080]);
  t.strictSame(found('x.a.test'), [3, 8080]);
  t.strictSame(found('127.0.0.1'), [1, 3]);
  t.strictSame(found('::1'), [2, 3]);
  t.strictSame(found('10.1.2.3'), [3, 4]);
  t.strictSame(found('b.test'), [1, 2, 3, 4, 443, 8080]);
});

for (const entry of [
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/x',
  '::/129',
  'http://a',
  'a:65536',
  'a:',
  ':80',
  'a:b:80',
  '[::1]:x',
  'a/8',
  '*a',
  '.',
  'a..',
  'a..b',
  '..a',
  'a*b',
  'ä..b',
  'a<b',
]) {
  t.throws(() => new NoProxy([`ok ${entry}`]), { constructor: NoProxyError, message: JSON.stringify(entry) }, entry);
}
