import { isIP } from 'node:net';
import t from 'tap';
import { dnsName, ipName, subjectName } from '../../../../src/engine/tls/x509/subject-name.js';
import { ipBytes } from '../../../../src/flow/text/ip-address.js';

t.test('the name for a host', async (t) => {
  const table: [host: string, kind: 'dns' | 'ip' | undefined, value?: string][] = [
    ['example.com', 'dns', 'example.com'],
    ['EXAMPLE.Com', 'dns', 'example.com'],
    ['example.com.', 'dns', 'example.com'],
    ['localhost', 'dns', 'localhost'],
    ['my_host.example.com', 'dns', 'my_host.example.com'],
    ['bücher.example', 'dns', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'dns', 'xn--bcher-kva.example'],
    ['bücher.example/x', undefined],
    ['bücher.example?x', undefined],
    ['faß.example', 'dns', 'xn--fa-hia.example'],
    ['3com.com', 'dns', '3com.com'],
    ['1.2.3.4', 'ip', '1.2.3.4'],
    ['::1', 'ip', '::1'],
    ['[::1]', 'ip', '::1'],
    ['[2001:DB8:0:0:0:0:0:1]', 'ip', '2001:db8::1'],
    ['fe80::1%eth0', 'ip', 'fe80::1'],
    ['[fe80::1%25eth0]', 'ip', 'fe80::1'],
    ['::ffff:10.0.0.1', 'ip', '10.0.0.1'],
    ['', undefined],
    ['.', undefined],
    ['a..b', undefined],
    ['a b', undefined],
    ['a\0b', undefined],
    ['*.example.com', undefined],
    ['[example.com]', undefined],
    ['a'.repeat(63), 'dns', 'a'.repeat(63)],
    ['a'.repeat(64), undefined],
    [`${'a.'.repeat(126)}b`, 'dns', `${'a.'.repeat(126)}b`],
    [`${'a.'.repeat(127)}b`, undefined],
  ];
  for (const [host, kind, value] of table) {
    t.same(subjectName(host), kind && { kind, value }, JSON.stringify(host).slice(0, 70));
  }
});

t.test('names in certificates may have a wildcard in the first label', async (t) => {
  const table: [text: string, accepted: boolean][] = [
    ['*.example.com', true],
    ['f*.example.com', true],
    ['*.com', true],
    ['a.*.com', false],
    ['*', false],
    ['1.2.3.4', false],
  ];
  for (const [text, accepted] of table)
    t.same(dnsName(text), accepted ? { kind: 'dns', value: text } : undefined, text);
});

t.test('addresses and their bytes', async (t) => {
  const table: [address: string, hex: string][] = [
    ['1.2.3.255', '010203ff'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1::', `0001${'0'.repeat(28)}`],
    ['::ffff:102:304', `${'0'.repeat(20)}ffff01020304`],
  ];
  for (const [address, hex] of table) {
    t.equal(ipBytes(address).toString('hex'), hex, address);
    t.same(ipName(Buffer.from(hex, 'hex')), { kind: 'ip', value: address });
    t.not(isIP(address), 0);
  }
  t.equal(ipBytes('::ffff:1.2.3.4').toString('hex'), `${'0'.repeat(20)}ffff01020304`);
  t.equal(ipName(Buffer.alloc(5)), undefined);
});
