import t from 'tap';
import { type ModeSpec, ModeSpecError, parseModeSpec } from '../../../src/engine/listen/mode-spec.js';
import { Random } from '../../support/random.js';

t.test('where to listen', async (t) => {
  const cases: [text: string, host: string | undefined, port: number | undefined][] = [
    ['regular', undefined, undefined],
    ['Regular', undefined, undefined],
    ['regular@8081', undefined, 8081],
    ['regular@0', undefined, 0],
    ['regular@65535', undefined, 65535],
    ['regular@127.0.0.1:8081', '127.0.0.1', 8081],
    ['regular@localhost:0', 'localhost', 0],
    ['regular@[::1]:8081', '::1', 8081],
    ['regular@::1:8081', '::1', 8081],
    ['regular@:8081', '', 8081],
  ];
  for (const [text, listenHost, listenPort] of cases) {
    t.match(parseModeSpec(text), { text, mode: 'regular', listenHost, listenPort, server: undefined }, text);
  }
});

t.test('modes', async (t) => {
  const cases: [text: string, spec: Partial<ModeSpec>][] = [
    ['regular', { mode: 'regular', defaultPort: 8080, description: 'HTTP(S) proxy' }],
    ['socks5', { mode: 'socks5', defaultPort: 1080, description: 'SOCKS v5 proxy' }],
    ['SOCKS5@1', { mode: 'socks5', listenPort: 1 }],
    ['transparent', { mode: 'transparent', defaultPort: 8080, description: 'Transparent Proxy' }],
    ['upstream:h', { mode: 'upstream', defaultPort: 8080, description: 'HTTP(S) proxy (upstream mode)' }],
    ['reverse:h', { mode: 'reverse', defaultPort: 8080, description: 'reverse proxy to h' }],
    ['reverse:tcp://h:1@8000', { description: 'reverse proxy to tcp://h:1', listenPort: 8000 }],
  ];
  for (const [text, spec] of cases) t.match(parseModeSpec(text), spec, text);
});

t.test('servers', async (t) => {
  const cases: [text: string, scheme: string, host: string, port: number, listenPort?: number][] = [
    ['upstream:h', 'http', 'h', 80],
    ['upstream:h:3128', 'http', 'h', 3128],
    ['upstream:http://h', 'http', 'h', 80],
    ['upstream:https://h', 'https', 'h', 443],
    ['upstream:https://h:1/', 'https', 'h', 1],
    ['upstream:http://h:3128@8080', 'http', 'h', 3128, 8080],
    ['upstream:socks5://h', 'socks5', 'h', 1080],
    ['upstream:socks5h://h:9', 'socks5', 'h', 9],
    ['reverse:example.com', 'https', 'example.com', 443],
    ['reverse:http://example.com/', 'http', 'example.com', 80],
    ['reverse:HTTP://example.com', 'http', 'example.com', 80],
    ['reverse:http://192.0.2.1:8080', 'http', '192.0.2.1', 8080],
    ['reverse:http://[2001:db8::1]', 'http', '2001:db8::1', 80],
    ['reverse:https://[::1]:8443@[::1]:8080', 'https', '::1', 8443, 8080],
    ['reverse:tcp://h:1', 'tcp', 'h', 1],
    ['reverse:https://bücher.test:8443', 'https', 'xn--bcher-kva.test', 8443],
    ['reverse:bücher.test@8080', 'https', 'xn--bcher-kva.test', 443, 8080],
    ['reverse:http://例え.テスト./', 'http', 'xn--r8jz45g.xn--zckzah.', 80],
    ['upstream:socks5://bücher.test', 'socks5', 'xn--bcher-kva.test', 1080],
    ['reverse:tls://h:993', 'tls', 'h', 993],
    ['reverse:http://user:12@h:80', 'http', 'user', 12, 80],
    ['upstream:http://user:12@h:80', 'http', 'user', 12, 80],
  ];
  for (const [text, scheme, host, port, listenPort] of cases) {
    const spec = parseModeSpec(text);
    t.strictSame(spec.server, { scheme, host, port, credentials: undefined }, text);
    t.equal(spec.listenPort, listenPort, `${text}: listener`);
    t.equal(spec.text, text, `${text}: text`);
  }
});

t.test('credentials', async (t) => {
  const cases: [text: string, user: string, password: string, shown: string, listenPort?: number][] = [
    ['upstream:http://u:p@h:3128', 'u', 'p', 'upstream:http://h:3128'],
    ['upstream:http://u:p@h', 'u', 'p', 'upstream:http://h'],
    ['upstream:http://u:p@h:3128@8080', 'u', 'p', 'upstream:http://h:3128@8080', 8080],
    ['upstream:u:p@h:3128@127.0.0.1:8080', 'u', 'p', 'upstream:h:3128@127.0.0.1:8080', 8080],
    ['upstream:http://u@h:3128@1', 'u', '', 'upstream:http://h:3128@1', 1],
    ['upstream:http://u:@h:3128@1', 'u', '', 'upstream:http://h:3128@1', 1],
    ['upstream:http://u@example.com:p@h:3128', 'u@example.com', 'p', 'upstream:http://h:3128'],
    ['upstream:http://u@example.com:p@h:3128@80', 'u@example.com', 'p', 'upstream:http://h:3128@80', 80],
    ['upstream:http://u:p%40%3A%2f@h:3128', 'u', 'p@:/', 'upstream:http://h:3128'],
    ['upstream:http://u:100%@h:3128', 'u', '100%', 'upstream:http://h:3128'],
    ['upstream:http://u:1234@h:3128/', 'u', '1234', 'upstream:http://h:3128/'],
    ['upstream:http://u:1234@h:3128@8080', 'u', '1234', 'upstream:http://h:3128@8080', 8080],
    ['upstream:socks5://u:p@[::1]:1@[::1]:2', 'u', 'p', 'upstream:socks5://[::1]:1@[::1]:2', 2],
  ];
  for (const [text, user, password, shown, listenPort] of cases) {
    const spec = parseModeSpec(text);
    t.strictSame(spec.server?.credentials, { username: user, password }, text);
    t.equal(spec.text, shown, `${text}: without the password`);
    t.equal(spec.listenPort, listenPort, `${text}: listener`);
  }
});

t.test('invalid specs, with the column and the reason', async (t) => {
  const cases: [text: string, column: number | undefined, part: string, why: string][] = [
    ['', undefined, '""', 'no such mode'],
    ['regulr', undefined, '"regulr"', 'expected regular, upstream, reverse, socks5 or transparent'],
    ['regulr@80', 1, '"regulr"', 'no such mode'],
    ['regular ', undefined, '"regular "', 'no such mode'],
    ['@80', 1, '""', 'no such mode'],
    ['regular@', 9, '""', 'expected [HOST:]PORT'],
    ['regular@x', 9, '"x"', 'expected [HOST:]PORT'],
    ['regular@65536', 9, '"65536"', 'from 0 to 65535'],
    ['regular@-1', 9, '"-1"', 'expected [HOST:]PORT'],
    ['regular@1.5', 9, '"1.5"', 'expected [HOST:]PORT'],
    ['regular@host', 9, '"host"', 'expected [HOST:]PORT'],
    ['regular@host:', 9, '"host:"', 'expected [HOST:]PORT'],
    ['regular@::1', 9, '"::1"', 'expected [HOST:]PORT'],
    ['regular@::1:80:', 9, '"::1:80:"', 'expected [HOST:]PORT'],
    ['regular@a@80', 9, '"a@80"', 'expected [HOST:]PORT'],
    ['regular:80', 8, '":80"', 'takes nothing after a colon'],
    ['socks5:x@80', 7, '":x"', 'takes nothing after a colon'],
    ['transparent:', 12, '":"', 'takes nothing after a colon'],
    ['reverse', undefined, '"reverse"', 'expected a server, reverse:'],
    ['reverse:', undefined, '"reverse:"', 'expected a server, reverse:'],
    ['upstream@80', undefined, '"upstream@80"', 'expected a server, upstream:'],
    ['reverse:http://', 9, '"http://"', 'expected a server'],
    ['reverse:foo://h:1', 9, '"foo"', 'no such scheme; expected http, https, tcp or tls'],
    ['upstream:tcp://h:1', 10, '"tcp"', 'expected http, https, socks5 or socks5h'],
    ['reverse:://h', 9, '""', 'no such scheme'],
    ['reverse:tcp://h', 15, '"h"', 'tcp needs a port'],
    ['reverse:tls://[::1]@1', 15, '"[::1]"', 'tls needs a port'],
    ['reverse:h:99999', 11, '"99999"', 'not a port from 1 to 65535'],
    ['reverse:h:', 9, '"h:"', 'a port is missing after the colon'],
    ['reverse:http://h:/@80', 16, '"h:"', 'a port is missing after the colon'],
    ['reverse:tcp://[::1]:', 15, '"[::1]:"', 'a port is missing after the colon'],
    ['upstream:http://u:p@h:', 21, '"h:"', 'a port is missing after the colon'],
    ['reverse:h:0', 11, '"0"', 'not a port from 1 to 65535'],
    ['reverse:h:x@80', 11, '"x"', 'not a port from 1 to 65535'],
    ['reverse:[::1]:y@80', 15, '"y"', 'not a port from 1 to 65535'],
    ['reverse:https://::1@8080', 17, '"::1"', 'an IPv6 address needs brackets'],
    ['upstream:http://::1:8080', 17, '"::1:8080"', 'an IPv6 address needs brackets'],
    ['reverse:[::g]@80', 9, '"[::g]"', 'not a host, address or [IPv6 address]'],
    ['reverse:b\ufffdcher.test:8443', 9, '"b\ufffdcher.test:8443"', 'not a host, address or [IPv6 address]'],
    ['reverse:ä..test:x', 17, '"x"', 'not a port from 1 to 65535'],
    ['reverse:ho$t:80', 9, '"ho$t:80"', 'not a host, address or [IPv6 address]'],
    ['reverse:ho st', 9, '"ho st"', 'not a host, address or [IPv6 address]'],
    ['reverse:http://a..b', 16, '"a..b"', 'not a host, address or [IPv6 address]'],
    ['upstream:http://u:p@.a:1', 21, '".a:1"', 'not a host, address or [IPv6 address]'],
    ['reverse:tcp://a~b:1', 15, '"a~b:1"', 'not a host, address or [IPv6 address]'],
    ['reverse:https://h/path', 18, '"/path"', 'a path is not allowed'],
    ['reverse:http://u:p@h:80@8080', 16, '"***@"', 'credentials are not allowed here'],
    ['reverse:http://h@x', 18, '"x"', 'expected [HOST:]PORT'],
    ['reverse:8080', 9, '"8080"', 'not a host, address or [IPv6 address]'],
    ['reverse:http3://h', 9, '"http3"', 'not supported; expected http, https, tcp or tls'],
    ['reverse:quic://h', 9, '"quic"', 'not supported; expected http, https, tcp or tls'],
    ['reverse:udp://h:1', 9, '"udp"', 'not supported; expected http, https, tcp or tls'],
    ['reverse:dtls://h:1', 9, '"dtls"', 'not supported; expected http, https, tcp or tls'],
    ['reverse:dns://h', 9, '"dns"', 'not supported; expected http, https, tcp or tls'],
    ['dns', undefined, '"dns"', 'not supported: tsdump answers no DNS queries'],
    ['dns@53', 1, '"dns"', 'not supported: tsdump answers no DNS queries'],
    ['wireguard:keys.conf', 1, '"wireguard"', 'not supported: tsdump is no WireGuard server'],
    ['local:curl', 1, '"local"', 'not supported: tsdump does not capture local programs'],
    ['TUN', undefined, '"TUN"', 'not supported: tsdump opens no network interface'],
  ];
  for (const [text, column, part, why] of cases) {
    const message = refusal(text);
    const where = column === undefined ? `Mode ${JSON.stringify(text)}: ` : `, column ${column}: ${part}: `;
    t.ok(message.includes(where), text, { message, where });
    t.ok(message.includes(part), `${text}: the part`, { message });
    t.ok(message.includes(why), `${text}: the reason`, { message });
  }
});

t.test('no message shows a password', async (t) => {
  const cases: [text: string, shown: string, part: string, column: number][] = [
    ['upstream:http://ada:secret@h:99999', 'upstream:http://***@h:99999', '99999', 30],
    ['upstream:http://ada:secret@h:99999@0', 'upstream:http://***@h:99999@0', '99999', 30],
    ['upstream:http://ada:secret@:99@0', 'upstream:http://***@:99@0', ':99', 28],
    ['upstream:http://ada:secret@h:99999@[::1]:80', 'upstream:http://***@h:99999@[::1]:80', '99999', 30],
    ['upstream:ftp://ada:secret@h:99@0', 'upstream:ftp://***@h:99@0', 'ftp', 10],
    ['upstream:ftp://ada:secret@h:99', 'upstream:ftp://***@h:99', 'ftp', 10],
    ['upstream:ada:secret@8080', 'upstream:***@8080', '8080', 21],
    ['upstream:http://ada@example.com:secret@h:0', 'upstream:http://***@h:0', '0', 42],
    ['reverse:http://ada:secret@h', 'reverse:http://***@h', '***@', 16],
    ['reverse:http://ada:secret@h:80', 'reverse:http://***@h:80', '***@', 16],
    ['reverse:http://ada:secret@h:80@8080', 'reverse:http://***@h:80@8080', '***@', 16],
    ['regulra:http://ada:secret@h', 'regulra:http://***@h', 'regulra', 1],
    ['wireguard:ada:secret@h', 'wireguard:***@h', 'wireguard', 1],
  ];
  for (const [text, shown, part, column] of cases) {
    const message = refusal(text);
    t.ok(message.startsWith(`Mode "${shown}", column ${column}: "${part}": `), text, { message });
    t.notMatch(message, /secret/, text);
  }
});

t.test('any text is a spec, or a ModeSpecError', async (t) => {
  const random = new Random(6);
  const pieces = [
    'regular',
    'upstream',
    'reverse',
    'socks5',
    ':',
    '://',
    '@',
    'http',
    'tcp',
    '[::1]',
    '::1',
    'h',
    '80',
    '/',
    '%',
    ' ',
    '\n',
    'ü',
  ];
  let taken = 0;
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: 1 + random.below(9) }, () => random.pick(pieces)).join('');
    try {
      const { listenPort, server } = parseModeSpec(text);
      taken++;
      if (server) t.ok(server.host && server.port > 0 && server.port < 65536, text);
      t.ok(listenPort === undefined || (listenPort >= 0 && listenPort < 65536), text);
    } catch (error) {
      if (!(error instanceof ModeSpecError)) t.fail(`${JSON.stringify(text)}: ${error}`);
    }
  }
  t.ok(taken > 100, 'some are specs', { taken });
});

function refusal(text: string): string {
  try {
    parseModeSpec(text);
    return 'it was taken';
  } catch (error) {
    if (!(error instanceof ModeSpecError)) throw error;
    return error.message;
  }
}
