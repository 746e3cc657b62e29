import t from 'tap';
import { checkAccess, proxyAccess } from '../../../../src/cli/command/environment/proxy-access.js';
import type { Address } from '../../../../src/flow/connection.js';

const CASES: [mode: string[], addresses: Address[], url: string | undefined, proxyauth?: string][] = [
  [['regular'], [['127.0.0.1', 8080]], 'http://127.0.0.1:8080'],
  [['regular'], [['', 1]], 'http://127.0.0.1:1'],
  [['regular'], [['0.0.0.0', 1]], 'http://127.0.0.1:1'],
  [['regular'], [['::', 1]], 'http://[::1]:1'],
  [['regular'], [['fe80::1', 1]], 'http://[fe80::1]:1'],
  [['upstream:http://a:1'], [['127.0.0.1', 2]], 'http://127.0.0.1:2'],
  [
    ['reverse:http://a:1', 'socks5', 'regular'],
    [
      ['', 1],
      ['', 2],
      ['', 3],
    ],
    'http://127.0.0.1:3',
  ],
  [
    ['reverse:http://a:1', 'socks5'],
    [
      ['', 1],
      ['', 2],
    ],
    'socks5h://127.0.0.1:2',
  ],
  [['reverse:http://a:1'], [['', 1]], undefined],
  [['transparent'], [['', 1]], undefined],
  [['regular'], [['127.0.0.1', 1]], 'http://a%40b:c%3Ad%2F@127.0.0.1:1', 'a@b:c:d/'],
  [['regular'], [['127.0.0.1', 1]], 'http://tsdump:tsdump@127.0.0.1:1', 'any'],
];
for (const [mode, addresses, url, proxyauth] of CASES) {
  const access = proxyAccess({ mode, commandNoProxy: ['a', 'b,c'], proxyauth }, addresses);
  t.equal(access?.all, url, `${mode} ${addresses}`);
  t.equal(access?.http, url?.startsWith('socks5') ? undefined : url);
  if (access) t.equal(access.noProxy, 'a,b,c');
}
t.throws(() => checkAccess({ proxyauth: '@/etc/htpasswd' }), { code: 'option-conflict' });
for (const proxyauth of [undefined, 'any', 'a:b']) t.doesNotThrow(() => checkAccess({ proxyauth }));
