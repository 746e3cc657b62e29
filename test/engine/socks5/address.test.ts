import t from 'tap';
import { readAddress, writeAddress } from '../../../src/engine/socks5/address.js';
import type { Address } from '../../../src/flow/connection.js';
import { prefixes } from '../../support/cuts.js';
import { Random } from '../../support/random.js';

const CASES: [hex: string, address: Address][] = [
  ['01 7f000001 0050', ['127.0.0.1', 80]],
  ['01 ffffffff ffff', ['255.255.255.255', 65535]],
  ['03 0b 6578616d706c652e636f6d 01bb', ['example.com', 443]],
  ['03 01 61 0001', ['a', 1]],
  ['03 02 c3a4 0001', ['\xc3\xa4', 1]],
  ['04 00000000000000000000000000000001 1f90', ['::1', 8080]],
  ['04 00000000000000000000000000000000 0001', ['::', 1]],
  ['04 20010db8000000000000000000000001 0050', ['2001:db8::1', 80]],
  ['04 20010db8000000010000000000000001 0050', ['2001:db8:0:1::1', 80]],
  ['04 20010db8000100000000000100000000 0050', ['2001:db8:1::1:0:0', 80]],
  ['04 0000000000010002000300040005ffff 0050', ['::1:2:3:4:5:ffff', 80]],
  ['04 fe800000000000000000000000000000 0050', ['fe80::', 80]],
  ['04 00010002000300040005000600070008 0050', ['1:2:3:4:5:6:7:8', 80]],
  ['04 00010000000300040005000600070008 0050', ['1:0:3:4:5:6:7:8', 80]],
];

for (const [hex, address] of CASES) {
  const bytes = Buffer.from(hex.replace(/ /g, ''), 'hex');
  t.strictSame(readAddress(bytes, 0), { address, end: bytes.length }, `read ${hex}`);
  t.equal(writeAddress(address).toString('hex'), bytes.toString('hex'), `written ${address[0]}`);
  const within = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('more')]);
  t.strictSame(readAddress(within, 3), { address, end: bytes.length + 3 }, `${address[0]} between other bytes`);
  for (const prefix of prefixes(bytes)) t.equal(readAddress(prefix, 0), undefined, `prefix of ${prefix.length} bytes`);
}

t.equal(
  writeAddress(['::ffff:1.2.3.4', 1]).toString('hex'),
  '0400000000000000000000ffff010203040001',
  'an IPv4 address in one of IPv6',
);
t.equal(writeAddress(['fe80::1%eth0', 1]).toString('hex'), '04fe8000000000000000000000000000010001', 'without a zone');

for (const kind of [0, 2, 5, 255]) {
  t.throws(() => readAddress(Buffer.from([kind, 1, 2, 3]), 0), { name: 'AddressTypeError' }, `kind ${kind}`);
}
t.throws(() => writeAddress(['a'.repeat(256), 1]), RangeError, 'a name that is too long');
t.equal(writeAddress(['a'.repeat(255), 1]).length, 259);

t.test('IPv6 addresses are written as URLs write them', async (t) => {
  const random = new Random(3);
  for (let round = 0; round < 500; round++) {
    const host = Buffer.alloc(16);
    for (let at = 0; at < 16; at += 2) if (random.below(2)) host.writeUInt16BE(random.below(65536), at);
    const bytes = Buffer.concat([Buffer.from([4]), host, Buffer.from([0, 80])]);
    const [text] = readAddress(bytes, 0)!.address;
    t.equal(`[${text}]`, new URL(`http://[${text}]/`).hostname, host.toString('hex'));
    t.ok(writeAddress([text, 80]).equals(bytes), `${text} and back`);
  }
});
