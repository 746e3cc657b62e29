import t from 'tap';
import { type AddressKind, AddressKinds, Block } from '../../src/addons/block.js';
import { ClientConnection } from '../../src/flow/connection.js';

t.test('addresses that are accepted and blocked', (t) => {
  const cases: [address: string, blockGlobal: boolean, blockPrivate: boolean, option: string | undefined][] = [
    ['8.8.8.8', true, false, 'block_global'],
    ['8.8.8.8', false, true, undefined],
    ['192.168.1.2', true, false, undefined],
    ['192.168.1.2', false, true, 'block_private'],
    ['::ffff:192.168.1.2', false, true, 'block_private'],
    ['100.64.0.1', true, true, undefined],
    ['127.0.0.1', true, true, undefined],
    ['::1', true, true, undefined],
    ['2606:4700::1111', true, false, 'block_global'],
    ['fe80::1%eth0', true, true, 'block_private'],
  ];
  for (const [address, blockGlobal, blockPrivate, option] of cases) {
    const client = new ClientConnection();
    client.peer = [address, 5000];
    new Block({ blockGlobal, blockPrivate }).clientConnected(client);
    if (option) t.match(client.error, new RegExp(`${option} is set`), address);
    else t.equal(client.error, undefined, address);
  }
  t.end();
});

/** As `is_loopback`, `is_private` and `is_global` of Python 3.13's `ipaddress` say. */
const CASES: [address: string, kind: AddressKind][] = [
  ['127.0.0.1', 'loopback'],
  ['127.255.255.255', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['0.0.0.0', 'private'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['11.0.0.0', 'global'],
  ['9.255.255.255', 'global'],
  ['100.63.255.255', 'global'],
  ['100.64.0.0', 'shared'],
  ['100.127.255.255', 'shared'],
  ['100.128.0.0', 'global'],
  ['169.254.1.1', 'private'],
  ['172.15.255.255', 'global'],
  ['172.16.0.0', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.0', 'global'],
  ['192.0.0.8', 'private'],
  ['192.0.0.9', 'global'],
  ['192.0.0.10', 'global'],
  ['192.0.0.170', 'private'],
  ['192.0.2.1', 'private'],
  ['192.168.0.1', 'private'],
  ['192.169.0.1', 'global'],
  ['198.17.255.255', 'global'],
  ['198.18.0.0', 'private'],
  ['198.19.255.255', 'private'],
  ['198.20.0.0', 'global'],
  ['198.51.100.7', 'private'],
  ['203.0.113.7', 'private'],
  ['223.255.255.255', 'global'],
  ['240.0.0.1', 'private'],
  ['255.255.255.255', 'private'],
  ['8.8.8.8', 'global'],
  ['::ffff:8.8.8.8', 'global'],
  ['::FFFF:10.1.2.3', 'private'],
  ['::', 'private'],
  ['64:ff9b::1', 'global'],
  ['64:ff9b:1::1', 'private'],
  ['100::1', 'private'],
  ['2001::1', 'private'],
  ['2001:1::1', 'global'],
  ['2001:1::3', 'private'],
  ['2001:3::1', 'global'],
  ['2001:4:112::1', 'global'],
  ['2001:20::1', 'global'],
  ['2001:db8::1', 'private'],
  ['2002::1', 'private'],
  ['2606:4700::1111', 'global'],
  ['3fff::1', 'private'],
  ['3fff:1000::1', 'global'],
  ['fbff::1', 'global'],
  ['fc00::1', 'private'],
  ['fdff:ffff::1', 'private'],
  ['fe80::1', 'private'],
  ['fe80::1%eth0', 'private'],
  ['fec0::1', 'global'],
];

t.test('kinds of addresses', (t) => {
  const kinds = new AddressKinds();
  for (const [address, kind] of CASES) t.equal(kinds.of(address), kind, address);
  t.end();
});
