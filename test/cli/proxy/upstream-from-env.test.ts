import t from 'tap';
import { upstreamFromEnvironment } from '../../../src/cli/proxy/upstream-from-env.js';

const CASES: [environment: NodeJS.ProcessEnv, http: string | undefined, https: string | undefined][] = [
  [{}, undefined, undefined],
  [{ https_proxy: '', HTTP_PROXY: ' ' }, undefined, undefined],
  [{ NO_PROXY: '*' }, undefined, undefined],
  [{ http_proxy: 'http://a:1' }, 'http://a:1', undefined],
  [{ HTTPS_PROXY: 'b:2' }, undefined, 'http://b:2'],
  [{ http_proxy: 'http://a:1', https_proxy: 'https://b' }, 'http://a:1', 'https://b:443'],
  [{ http_proxy: 'http://a:1', HTTP_PROXY: 'http://b:2' }, 'http://a:1', undefined],
  [{ all_proxy: 'socks5h://s' }, 'socks5://s:1080', 'socks5://s:1080'],
  [{ ALL_PROXY: 'socks5://s:9', https_proxy: 'http://b/' }, 'socks5://s:9', 'http://b:80'],
];
for (const [environment, http, https] of CASES) {
  const proxy = upstreamFromEnvironment(environment, t.fail);
  const url = (scheme: 'http' | 'https'): string | undefined => {
    const via = proxy?.select(['host.test', 8080], scheme);
    return via && `${via.scheme}://${via.address.join(':')}`;
  };
  t.same([url('http'), url('https')], [http, https], JSON.stringify(environment));
}

t.test('a tunnel to port 80 is for plain HTTP', async (t) => {
  const plain = upstreamFromEnvironment({ http_proxy: 'http://a:1' }, t.fail)!;
  t.same(plain.select(['x', 80], 'https')?.address, ['a', 1]);
  const both = upstreamFromEnvironment({ http_proxy: 'http://a:1', https_proxy: 'http://b:2' }, t.fail)!;
  t.same(both.select(['x', 80], 'https')?.address, ['b', 2]);
});

t.test('credentials', async (t) => {
  const proxy = upstreamFromEnvironment({ http_proxy: 'http://a', https_proxy: 'http://me:p%40ss@b' }, t.fail)!;
  t.same(proxy.credentialsFor(proxy.select(['x', 1], 'https')!), { username: 'me', password: 'p@ss' });
  t.equal(proxy.credentialsFor(proxy.select(['x', 1], 'http')!), undefined);
  t.equal(proxy.credentialsFor({ scheme: 'http', address: ['b', 80] }), undefined, 'another proxy gets none');
});

t.test('hosts without a proxy', async (t) => {
  const warnings: string[] = [];
  const environment = { all_proxy: 'http://a', NO_PROXY: 'b.test, .c.test,10.0.0.0/8 d.test:81,10.*,http://x' };
  const proxy = upstreamFromEnvironment(environment, (message) => warnings.push(message))!;
  const isDirect = (host: string, port: number): boolean => proxy.select([host, port], 'https') === undefined;
  t.same(
    [isDirect('b.test', 1), isDirect('x.c.test', 1), isDirect('10.1.1.1', 1), isDirect('d.test', 81)],
    [true, true, true, true],
  );
  t.same([isDirect('d.test', 82), isDirect('e.test', 1), isDirect('11.0.0.1', 1)], [false, false, false]);
  t.equal(warnings.length, 2, 'what cannot be understood is ignored', { warnings });
});

t.test('a proxy that cannot be used', async (t) => {
  for (const url of [
    'ftp://a',
    'socks4://me:secret@a',
    'http://me:secret@a/path',
    'http://me:secret@:1',
    'http://a:x',
  ]) {
    t.throws(
      () => upstreamFromEnvironment({ HTTPS_PROXY: url }, t.fail),
      { code: 'option-value', message: /^HTTPS_PROXY (?!.*secret)/ },
      url,
    );
  }
});
