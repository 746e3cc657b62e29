import t from 'tap';
import { decodeHost, encodeHost } from '../../../../src/serialize/mitmproxy/tnetstring/host-text.js';

const HOSTS: [host: string, text: string][] = [
  ['example.com', 'example.com'],
  ['Example.com.', 'Example.com.'],
  ['127.0.0.1', '127.0.0.1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['xn--bcher-kva.test', 'bücher.test'],
  ['xn--r8jz45g.xn--zckzah', '例え.テスト'],
  // Python makes fass.test of faß.test.
  ['xn--fa-hia.test', 'xn--fa-hia.test'],
  ['xn--zzzz-.test', 'xn--zzzz-.test'],
  ['', ''],
];

for (const [host, text] of HOSTS) {
  t.equal(encodeHost(host), text, host);
  t.equal(decodeHost(text), host, text);
}
t.equal(decodeHost('not a host'), 'not a host');
