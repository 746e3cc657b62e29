import type { Socket } from 'node:net';
import t from 'tap';
import { ListenError } from '../../../../src/engine/errors.js';
import { findDestination, loadPf } from '../../../../src/engine/listen/platform/pf.js';
import { later } from '../../../support/later.js';

const socket = (remoteAddress?: string, remotePort?: number): Socket => ({ remoteAddress, remotePort }) as Socket;

const line = (client: string, server: string): string =>
  `ALL tcp 127.0.0.1:8080 <- ${server} <- ${client}       ESTABLISHED:ESTABLISHED\n`;

t.test('states are listed for each connection', async (t) => {
  let states = '';
  const pf = await loadPf(async () => states);
  states = line('10.0.0.2:1000', '192.0.2.1:80');
  t.same(await pf.originalDestination(socket('10.0.0.2', 1000)), ['192.0.2.1', 80]);
  t.same(await pf.originalDestination(socket('::ffff:10.0.0.2', 1000)), ['192.0.2.1', 80], 'mapped');
  await t.rejects(async () => pf.originalDestination(socket('10.0.0.2', 1001)), /no state for the connection/);
  await t.rejects(async () => pf.originalDestination(socket()), /closed already/);
  t.same(pf.prepare({} as never), []);
});

t.test('concurrent connections share a run that began after the last of them', async (t) => {
  const runs: ((states: string) => void)[] = [];
  const list = (): Promise<string> => new Promise((resolve) => runs.push(resolve));
  const loading = loadPf(list);
  runs[0]!('');
  const pf = await loading;
  const first = pf.originalDestination(socket('10.0.0.2', 1000));
  await later();
  const others = [1001, 1002, 1003].map((port) => pf.originalDestination(socket('10.0.0.2', port)));
  await later();
  t.equal(runs.length, 2, 'one at a time');
  runs[1]!(line('10.0.0.2:1000', '192.0.2.1:80'));
  t.same(await first, ['192.0.2.1', 80]);
  await later();
  t.equal(runs.length, 3);
  runs[2]!([1001, 1002, 1003].map((port) => line(`10.0.0.2:${port}`, `192.0.2.2:${port}`)).join(''));
  t.same(
    await Promise.all(others),
    [1001, 1002, 1003].map((port) => ['192.0.2.2', port]),
  );
});

t.test('a failed run fails the callers that waited for it, not the next ones', async (t) => {
  let fail = false;
  const pf = await loadPf(async () => {
    if (fail) throw new Error('busy');
    return line('10.0.0.2:1000', '192.0.2.1:80');
  });
  fail = true;
  await t.rejects(async () => pf.originalDestination(socket('10.0.0.2', 1000)), /busy/);
  fail = false;
  t.same(await pf.originalDestination(socket('10.0.0.2', 1000)), ['192.0.2.1', 80]);
});

t.test('a listener whose states cannot be listed is an error', async (t) => {
  const failing = loadPf(() => Promise.reject(new Error('sudo: a password is required.')));
  await t.rejects(
    failing,
    new ListenError('Transparent mode cannot list the states of the packet filter: sudo: a password is required.'),
  );
});

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
