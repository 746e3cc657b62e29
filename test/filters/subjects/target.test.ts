import t from 'tap';
import { fromUtf8, someHost, someUrl } from '../../../src/filters/subjects/target.js';
import { Headers, HttpRequest, type RequestParts } from '../../../src/flow/index.js';

const BASE: RequestParts = {
  method: 'GET',
  scheme: 'http',
  host: '10.0.0.1',
  port: 80,
  authority: '',
  path: '/p?q',
  httpVersion: 'HTTP/1.1',
  headers: new Headers(),
};

/** What is different in a request, its URL, and the hosts with ports that are tried. */
const CASES: [parts: Partial<RequestParts> & { hostField?: string }, url: string, hosts: string][] = [
  [{}, 'http://10.0.0.1/p?q', '10.0.0.1:80'],
  [{ hostField: 'a.com' }, 'http://a.com/p?q', '10.0.0.1:80 a.com:80'],
  [{ hostField: '10.0.0.1' }, 'http://10.0.0.1/p?q', '10.0.0.1:80'],
  [{ hostField: 'a.com:81' }, 'http://a.com:81/p?q', '10.0.0.1:80 a.com:81'],
  [{ hostField: 'a.com:80' }, 'http://a.com/p?q', '10.0.0.1:80 a.com:80'],
  [{ hostField: 'a.com:443' }, 'http://a.com:443/p?q', '10.0.0.1:80 a.com:443'],
  [{ scheme: 'https', port: 443, hostField: 'a.com:443' }, 'https://a.com/p?q', '10.0.0.1:443 a.com:443'],
  [{ hostField: '[::1]:81' }, 'http://[::1]:81/p?q', '10.0.0.1:80 ::1:81'],
  [{ hostField: 'not a host' }, 'http://10.0.0.1/p?q', '10.0.0.1:80'],
  [{ hostField: '' }, 'http://10.0.0.1/p?q', '10.0.0.1:80'],
  [{ scheme: 'https', port: 443, hostField: 'a.com' }, 'https://a.com/p?q', '10.0.0.1:443 a.com:443'],
  [{ scheme: 'https', port: 8443 }, 'https://10.0.0.1:8443/p?q', '10.0.0.1:8443'],
  [{ path: '*', method: 'OPTIONS', hostField: 'a.com' }, 'http://a.com', '10.0.0.1:80 a.com:80'],
  [{ path: '/caf\xc3\xa9' }, 'http://10.0.0.1/café', '10.0.0.1:80'],
  [{ httpVersion: 'HTTP/2.0', authority: 'h2.com', hostField: 'a.com' }, 'http://h2.com/p?q', '10.0.0.1:80 h2.com:80'],
  [{ httpVersion: 'HTTP/2.0', hostField: 'a.com' }, 'http://a.com/p?q', '10.0.0.1:80 a.com:80'],
  [
    { method: 'CONNECT', path: '', scheme: '', authority: 'a.com:443', port: 443, hostField: 'b.com' },
    'a.com:443',
    '10.0.0.1:443 b.com:443',
  ],
  [{ host: 'good.test.' }, 'http://good.test/p?q', 'good.test:80'],
  [{ hostField: 'good.test.' }, 'http://good.test/p?q', '10.0.0.1:80 good.test:80'],
  [{ hostField: 'good.test.:81' }, 'http://good.test:81/p?q', '10.0.0.1:80 good.test:81'],
  [{ host: '.' }, 'http://./p?q', '.:80'],
  [
    { host: 'xn--bcher-kva.test' },
    'http://xn--bcher-kva.test/p?q http://bücher.test/p?q',
    'xn--bcher-kva.test:80 bücher.test:80',
  ],
  [
    { hostField: 'b\xc3\xbccher.test.:81', path: '/caf\xc3\xa9' },
    'http://xn--bcher-kva.test:81/café http://bücher.test:81/café',
    '10.0.0.1:80 xn--bcher-kva.test:81 bücher.test:81',
  ],
  [
    { hostField: 'b%C3%BCcher.test' },
    'http://xn--bcher-kva.test/p?q http://bücher.test/p?q',
    '10.0.0.1:80 xn--bcher-kva.test:80 bücher.test:80',
  ],
  [
    { hostField: 'b\xfccher.test' },
    'http://xn--bcher-kva.test/p?q http://bücher.test/p?q',
    '10.0.0.1:80 xn--bcher-kva.test:80 bücher.test:80',
  ],
  [{ hostField: 'xn--zzzz-.test' }, 'http://xn--zzzz-.test/p?q', '10.0.0.1:80 xn--zzzz-.test:80'],
  [{ hostField: 'a--b.test' }, 'http://a--b.test/p?q', '10.0.0.1:80 a--b.test:80'],
  [{ hostField: 'http.test.', path: '/http.test./' }, 'http://http.test/http.test./', '10.0.0.1:80 http.test:80'],
  [
    {
      method: 'CONNECT',
      path: '',
      scheme: '',
      authority: 'xn--bcher-kva.test.:443',
      host: 'xn--bcher-kva.test.',
      port: 443,
    },
    'xn--bcher-kva.test:443 bücher.test:443',
    'xn--bcher-kva.test:443 bücher.test:443',
  ],
];

for (const [{ hostField, ...parts }, url, hosts] of CASES) {
  const headers = Headers.from(hostField === undefined ? [] : [['Host', hostField]]);
  const request = new HttpRequest({ ...BASE, ...parts, headers });
  const urls: string[] = [];
  someUrl(request, (text) => urls.push(text) === 0);
  t.equal(urls.join(' '), url, url);
  const tried: string[] = [];
  someHost(request, (host, port) => tried.push(`${host}:${port}`) === 0);
  t.equal(tried.join(' '), hosts, `hosts of ${url}`);
}

t.equal(fromUtf8('abc'), 'abc');
t.equal(fromUtf8('gr\xc3\xbc\xc3\x9fe'), 'grüße');
t.equal(fromUtf8('ключ\xff'), 'ключ\xff', 'text beyond one byte per character stays');
