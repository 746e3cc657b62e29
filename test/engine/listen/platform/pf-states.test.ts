import t from 'tap';
import { findDestination } from '../../../../src/engine/listen/platform/pf-states.js';

const MACOS = `No ALTQ support in kernel
ALTQ related functions disabled
ALL tcp 192.168.0.10:55397 -> 192.168.0.17:8009       ESTABLISHED:ESTABLISHED
ALL udp 192.168.0.10:5353 -> 224.0.0.251:5353       SINGLE:NO_TRAFFIC
ALL tcp 192.168.0.10:8080 <- 192.168.2.2:51782       ESTABLISHED:ESTABLISHED
ALL tcp 127.0.0.1:8080 <- 13.115.189.183:443 <- 192.168.2.2:51782       ESTABLISHED:ESTABLISHED
ALL tcp 127.0.0.1:8080 <- 13.115.189.184:443 <- 192.168.2.2:5178       ESTABLISHED:ESTABLISHED
ALL tcp 127.0.0.1:8080 <- 13.115.189.185:80 <- 192.168.2.2:40000       TIME_WAIT:TIME_WAIT
ALL tcp 127.0.0.1:8080 <- 13.115.189.186:80 <- 192.168.2.2:40000       ESTABLISHED:FIN_WAIT_2
ALL udp 127.0.0.1:8080 <- 13.115.189.187:80 <- 192.168.2.2:40001       SINGLE:NO_TRAFFIC
ALL tcp 10.0.0.3:50000 -> 203.0.113.5:50000 -> 93.184.216.34:80       ESTABLISHED:ESTABLISHED
ALL tcp ::1[8080] <- 2606:4700:30::681f:4ad0[443] <- 2a01:e35:8bae:50f0:9d9b:ef0d:2de3:b733[58505]       ESTABLISHED:ESTABLISHED
ALL tcp fe80::1%en0[8080] <- 2606:4700:30::681f:4ad1[80] <- fe80::2%en0[50001]       ESTABLISHED:ESTABLISHED
`;

const FREEBSD = `all tcp 192.168.0.10:22 <- 192.168.2.2:50022       ESTABLISHED:ESTABLISHED
em0 tcp 127.0.0.1:8080 (93.184.216.34:80) <- 192.168.2.2:51782       ESTABLISHED:ESTABLISHED
em0 tcp ::1[8080] (2606:4700:30::681f:4ad0[443]) <- 2a01:e35::b733[58505]       ESTABLISHED:ESTABLISHED
em1 tcp 203.0.113.5:61000 (192.168.2.9:50100) -> 198.51.100.9:443       ESTABLISHED:ESTABLISHED
`;

t.test('finds the original destination of a connection', async (t) => {
  const cases: [string, string, string, number, string | undefined][] = [
    ['macOS, redirected', MACOS, '192.168.2.2', 51782, '13.115.189.183 443'],
    ['a port that begins like another', MACOS, '192.168.2.2', 5178, '13.115.189.184 443'],
    ['not the connection before that had the same port', MACOS, '192.168.2.2', 40000, '13.115.189.186 80'],
    ['macOS, of this machine', MACOS, '192.168.0.10', 55397, '192.168.0.17 8009'],
    ['macOS, with NAT on the way out', MACOS, '10.0.0.3', 50000, '93.184.216.34 80'],
    ['macOS, IPv6', MACOS, '2a01:e35:8bae:50f0:9d9b:ef0d:2de3:b733', 58505, '2606:4700:30::681f:4ad0 443'],
    ['macOS, link-local', MACOS, 'fe80::2%en0', 50001, '2606:4700:30::681f:4ad1 80'],
    ['UDP is another port', MACOS, '192.168.2.2', 40001, undefined],
    ['an address that ends like another', MACOS, '92.168.2.2', 51782, undefined],
    ['one that is not there', MACOS, '192.168.2.3', 51782, undefined],
    ['FreeBSD, redirected', FREEBSD, '192.168.2.2', 51782, '93.184.216.34 80'],
    ['FreeBSD, IPv6', FREEBSD, '2a01:e35::b733', 58505, '2606:4700:30::681f:4ad0 443'],
    ['FreeBSD, not redirected', FREEBSD, '192.168.2.2', 50022, '192.168.0.10 22'],
    ['FreeBSD, with NAT on the way out', FREEBSD, '192.168.2.9', 50100, '198.51.100.9 443'],
  ];
  for (const [name, states, host, port, expected] of cases) {
    t.equal(findDestination(states, [host, port])?.join(' '), expected, name);
  }
});

t.test('text that is not a list of states', async (t) => {
  const junk = [
    '',
    '\n',
    '10.0.0.1:5',
    'ALL tcp',
    'ALL tcp 10.0.0.1:5',
    'ALL tcp 10.0.0.1:5 X:Y',
    'a tcp <- <- 10.0.0.1:5 X',
  ];
  junk.push('ALL tcp nonsense <- elsewhere <- 10.0.0.1:5 ESTABLISHED:ESTABLISHED');
  for (const text of junk) t.equal(findDestination(text, ['10.0.0.1', 5]), undefined, JSON.stringify(text));
  for (let end = 0; end < MACOS.length; end++) findDestination(MACOS.slice(0, end), ['192.168.2.2', 51782]);
});
