import t from 'tap';
import {
  parseMapping,
  parseTarget,
  type ReplayTarget,
  TargetError,
} from '../../../../src/replay/client/destination/target.js';

const TARGETS: [text: string, target: ReplayTarget][] = [
  ['http://a', { scheme: 'http', host: 'a', port: 80, prefix: '' }],
  ['https://staging.example', { scheme: 'https', host: 'staging.example', port: 443, prefix: '' }],
  ['HTTPS://staging.example:8443/', { scheme: 'https', host: 'staging.example', port: 8443, prefix: '' }],
  ['http://[::1]:81/v2/x//', { scheme: 'http', host: '::1', port: 81, prefix: '/v2/x' }],
  ['http://bücher.test/a%20b', { scheme: 'http', host: 'xn--bcher-kva.test', port: 80, prefix: '/a%20b' }],
];

for (const [text, target] of TARGETS) t.same(parseTarget(text), target, text);

for (const text of [
  '',
  'a',
  'a:80',
  'ftp://a',
  'ws://a',
  'http://',
  'http:///x',
  'http://a:99999',
  'http://user@a',
  'http://a:b@c',
  'http://a?x=1',
  'http://a/b#c',
  'http://a/ä',
  'http://a b',
  'http://a..b',
  'http://.a',
  'http://a$b',
  'http://a:0',
  ' http://a',
]) {
  t.throws(() => parseTarget(text), TargetError, JSON.stringify(text));
}

t.same(parseMapping('API.example.=https://b:1'), {
  host: 'api.example',
  port: undefined,
  to: { scheme: 'https', host: 'b', port: 1, prefix: '' },
});
t.match(parseMapping('a:8080=http://b'), { host: 'a', port: 8080 });
t.match(parseMapping('[::1]:1=http://b'), { host: '::1', port: 1 });
t.match(parseMapping('bücher.test=http://b'), { host: 'xn--bcher-kva.test' });
t.match(parseMapping('a..b=http://c'), { host: 'a..b' }, 'as it was recorded');
for (const text of ['', '=http://a', 'a', 'a=', 'a=b', 'a:x=http://b', 'http://a=http://b', 'a/b=http://c']) {
  t.throws(() => parseMapping(text), TargetError, JSON.stringify(text));
}
