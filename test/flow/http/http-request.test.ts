import t from 'tap';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest, type RequestParts } from '../../../src/flow/http/http-request.js';

function request(parts: Partial<RequestParts> = {}): HttpRequest {
  return new HttpRequest({
    method: 'GET',
    scheme: 'http',
    host: 'a',
    port: 80,
    authority: '',
    path: '/x?y',
    httpVersion: 'HTTP/1.1',
    headers: Headers.from({ Host: 'a' }),
    ...parts,
  });
}

t.test('the URL by destination', async (t) => {
  const cases: [parts: Partial<RequestParts>, url: string][] = [
    [{}, 'http://a/x?y'],
    [{ port: 8080 }, 'http://a:8080/x?y'],
    [{ scheme: 'https', port: 443 }, 'https://a/x?y'],
    [{ scheme: 'https', port: 80 }, 'https://a:80/x?y'],
    [{ host: '::1' }, 'http://[::1]/x?y'],
    [{ host: '::1', port: 1 }, 'http://[::1]:1/x?y'],
    [{ method: 'OPTIONS', path: '*' }, 'http://a'],
    [{ method: 'CONNECT', authority: 'a:443', port: 443, path: '' }, 'a:443'],
    [{ method: 'CONNECT', host: '::1', port: 443, path: '' }, '[::1]:443'],
  ];
  for (const [parts, url] of cases) t.equal(request(parts).url, url);
});

t.test('the URL that the client asked for', async (t) => {
  const cases: [parts: Partial<RequestParts>, url: string, host: string][] = [
    [{ headers: Headers.from({ host: 'b' }) }, 'http://b/x?y', 'b'],
    [{ headers: Headers.from({ host: 'b:81' }) }, 'http://b:81/x?y', 'b'],
    [{ headers: Headers.from({ host: '[::2]:81' }) }, 'http://[::2]:81/x?y', '::2'],
    [{ scheme: 'https', port: 8443, headers: Headers.from({ host: 'b' }) }, 'https://b/x?y', 'b'],
    [{ headers: new Headers() }, 'http://a/x?y', 'a'],
    [{ headers: Headers.from({ host: 'no host' }) }, 'http://a/x?y', 'a'],
    [
      { headers: Headers.from({ host: 'b\xc3\xbccher.test.:81' }) },
      'http://xn--bcher-kva.test.:81/x?y',
      'xn--bcher-kva.test.',
    ],
    [{ headers: Headers.from({ host: '\xc3\xa0.test' }) }, 'http://xn--0ca.test/x?y', 'xn--0ca.test'],
    [{ headers: Headers.from({ host: 'b\xfccher.test' }) }, 'http://b\xfccher.test/x?y', 'b\xfccher.test'],
    [{ httpVersion: 'HTTP/2.0', authority: 'b', headers: Headers.from({ host: 'c' }) }, 'http://b/x?y', 'b'],
    [{ httpVersion: 'HTTP/1.1', authority: 'b', headers: Headers.from({ host: 'c' }) }, 'http://c/x?y', 'c'],
    [{ method: 'CONNECT', authority: 'a:1', headers: Headers.from({ host: 'c' }) }, 'a:1', 'c'],
  ];
  for (const [parts, url, host] of cases) {
    t.equal(request(parts).prettyUrl, url);
    t.equal(request(parts).prettyHost, host);
  }
});

t.test('another destination: Host and authority follow where they are', async (t) => {
  const cases: [
    name: string,
    change: (request: HttpRequest) => void,
    expected: { url: string; host?: string; authority?: string },
  ][] = [
    ['host', (request) => (request.host = 'b'), { url: 'http://b/x?y', host: 'b', authority: 'b' }],
    ['port', (request) => (request.port = 81), { url: 'http://a:81/x?y', host: 'a:81', authority: 'a:81' }],
    ['IPv6', (request) => (request.host = '::1'), { url: 'http://[::1]/x?y', host: '[::1]', authority: '[::1]' }],
    [
      'Unicode',
      (request) => (request.host = 'bücher.test.'),
      { url: 'http://xn--bcher-kva.test./x?y', host: 'xn--bcher-kva.test.', authority: 'xn--bcher-kva.test.' },
    ],
    [
      'a URL in Unicode',
      (request) => (request.url = 'http://bücher.test:81/'),
      { url: 'http://xn--bcher-kva.test:81/', host: 'xn--bcher-kva.test:81', authority: 'xn--bcher-kva.test:81' },
    ],
    ['url', (request) => (request.url = 'https://b:1/z?#f'), { url: 'https://b:1/z?', host: 'b:1', authority: 'b:1' }],
    [
      'url without a path',
      (request) => (request.url = 'HTTP://b?q'),
      { url: 'http://b/?q', host: 'b', authority: 'b' },
    ],
  ];
  for (const [name, change, { url, host, authority }] of cases) {
    const full = request({ authority: 'a' });
    change(full);
    t.equal(full.url, url, name);
    t.equal(full.headers.get('host'), host);
    t.equal(full.authority, authority);
    t.equal(full.headChanged, true);
    const bare = request({ headers: new Headers() });
    change(bare);
    t.equal(bare.url, url);
    t.equal(bare.headers.has('host'), false);
    t.equal(bare.authority, '');
  }
});

t.test('an invalid host throws, and changes nothing', async (t) => {
  for (const host of ['', 'a b', 'a/b', 'a:80', 'a\r\nb', '[::1]', '\ufffd']) {
    const made = request();
    t.throws(() => (made.host = host), { constructor: TypeError, message: JSON.stringify(host) }, host);
    t.match(made, { url: 'http://a/x?y', changed: false });
  }
  for (const url of ['http:///z', 'http://a b/z', 'http://a<b/z', 'http://\ufffd/z']) {
    const made = request();
    t.throws(() => (made.url = url), TypeError, url);
    t.match(made, { url: 'http://a/x?y', changed: false });
  }
  const odd = request({ host: '' });
  odd.port = 81;
  t.equal(odd.port, 81, 'a host of a capture may be anything');
});

t.test('setters mark what was changed', async (t) => {
  const untouched = request();
  t.equal(untouched.changed, false);
  const head: [string, (request: HttpRequest) => void][] = [
    ['method', (request) => (request.method = 'foo')],
    ['scheme', (request) => (request.scheme = 'https')],
    ['path', (request) => (request.path = '/\xe4')],
    ['headers', (request) => request.headers.set('a', 'b')],
  ];
  for (const [name, change] of head) {
    const changed = request();
    change(changed);
    t.equal(changed.headChanged, true, name);
    t.equal(changed.changed, true, name);
  }
  const body = request();
  body.body.set('');
  t.same([body.headChanged, body.changed], [false, true]);
  body.body.set('x');
  t.equal(body.headChanged, true, 'by its length');
  const trailers = request();
  trailers.trailers = Headers.from({ A: '1' });
  trailers.trailers.set('A', '2');
  t.same([trailers.headChanged, trailers.changed], [false, true]);
});

t.test('values that are invalid in a head throw', async (t) => {
  for (const path of ['', '/a b', '/\r\n', '/\0', '/\t', '/\x7f', '/\u010a', '/€']) {
    const changed = request();
    t.throws(() => (changed.path = path), TypeError, JSON.stringify(path));
    if (path !== '') t.throws(() => (changed.url = `http://b${path}`), TypeError);
    t.same([changed.url, changed.changed], ['http://a/x?y', false]);
  }
  for (const url of ['', '/x', 'a/x', 'http:/a', 'http:///x', 'http://a:99999/', 'http://a b/', 'foo://a/']) {
    t.throws(() => (request().url = url), TypeError, url);
  }
  for (const method of ['', 'A B', 'A\r\n', '\xe4', 'A:']) t.throws(() => (request().method = method), TypeError);
  for (const value of [undefined, null, 5] as never[]) {
    for (const name of ['method', 'scheme', 'path'] as const)
      t.throws(() => (request()[name] = value), { message: `Not a ${name}: "${value}"` });
  }
});

t.test('a made request', async (t) => {
  const made = HttpRequest.make('POST', 'https://bücher.example:8443/x?y#z', 'ä', { A: '1' });
  t.match(made, {
    method: 'POST',
    scheme: 'https',
    host: 'xn--bcher-kva.example',
    port: 8443,
    path: '/x?y',
    authority: '',
  });
  t.equal(String(made.headers.bytes), 'Host: xn--bcher-kva.example:8443\r\nA: 1\r\nContent-Length: 2\r\n');
  t.equal(made.body.complete, true);
  const plain = HttpRequest.make('GET', new URL('http://a.test'), '', { host: 'b' });
  t.same([String(plain.headers.bytes), plain.path, plain.body.complete], ['host: b\r\n', '/', true]);
  for (const [method, url] of [
    ['A B', 'http://a'],
    ['GET', '/x'],
    ['GET', 'http://a/€'],
  ] as const) {
    t.throws(() => HttpRequest.make(method, url), TypeError);
  }
});

t.test('a request moves with its authority', async (t) => {
  const cases: [what: string, change: (request: HttpRequest) => unknown, expected: Record<string, unknown>][] = [
    ['url', (request) => (request.url = 'https://b/y'), { url: 'https://b/y', host: 'b', port: 443, authority: 'b' }],
    ['a URL', (request) => (request.url = new URL('http://b:81') as never), { url: 'http://b:81/', authority: 'b:81' }],
    ['host', (request) => (request.host = 'b'), { url: 'http://b/x?y', authority: 'b' }],
    ['port', (request) => (request.port = 81), { url: 'http://a:81/x?y', authority: 'a:81' }],
  ];
  for (const [what, change, expected] of cases) {
    const moved = request({ authority: 'a', headers: Headers.from({ Host: 'a' }) });
    change(moved);
    t.match(moved, expected, what);
    t.equal(moved.headers.get('host'), moved.authority, what);
    t.equal(moved.headChanged, true);
  }
  const connect = request({ method: 'CONNECT', scheme: '', authority: 'a:443', port: 443, path: '' });
  connect.host = 'b';
  t.equal(connect.url, 'b:443');
  const named = request();
  named.authority = 'c:1';
  t.same([named.authority, named.host, named.headChanged], ['c:1', 'a', true]);
  t.throws(() => (named.authority = 'a b'), TypeError);
  for (const port of [-1, 65536, 1.5, Number.NaN]) t.throws(() => (named.port = port), RangeError);
  for (const scheme of ['', 'a b', '1a', 'a:']) t.throws(() => (named.scheme = scheme), TypeError);
});
