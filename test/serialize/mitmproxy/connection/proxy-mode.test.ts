import t from 'tap';
import { isMitmproxyMode } from '../../../../src/serialize/mitmproxy/connection/proxy-mode.js';

t.test('modes that mitmproxy can parse', async (t) => {
  const valid = [
    'regular', 'Regular', 'regular@8080', 'regular@127.0.0.1:8080', 'regular@[::1]:0', 'transparent', 'socks5@1', 'dns', 'wireguard', 'wireguard:/path',
    'local', 'local:curl,!wget', 'tun', 'tun:tun0', 'upstream:http://proxy:3128', 'upstream:proxy', 'upstream:https://[::1]:8080/', 'reverse:https://example.com',
    'reverse:example.com@8081', 'reverse:tcp://10.0.0.1:25', 'reverse:dns://8.8.8.8', 'reverse:http3://a.example',
  ]; // biome-ignore format: a table
  const invalid = [
    '', '@8080', 'no such mode', 'regular:x', 'regular@x', 'regular@65536', 'regular@-1', 'socks5:x', 'upstream', 'upstream:', 'upstream:ftp://a',
    'upstream:tls://a:1', 'reverse', 'reverse:tcp://no-port', 'reverse:https://user:pw@example.com', 'reverse:http://a/path', 'reverse:gopher://a:70',
    'reverse:http://a:99999', 'reverse:http://a..b',
  ]; // biome-ignore format: a table
  for (const spec of valid) t.equal(isMitmproxyMode(spec), true, spec);
  for (const spec of invalid) t.equal(isMitmproxyMode(spec), false, spec);
});
