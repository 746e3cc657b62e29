import t from 'tap';
import { ipBytes, ipText, unmapped } from '../../../src/flow/text/ip-address.js';

t.test('text and bytes', async (t) => {
  const cases: [text: string, hex: string, canonical?: string][] = [
    ['127.0.0.1', '7f000001'],
    ['255.255.255.255', 'ffffffff'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['2001:DB8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['fe80::', 'fe800000000000000000000000000000'],
    ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001', '::ffff:a00:1'],
  ];
  for (const [text, hex, canonical = text] of cases) {
    t.equal(ipBytes(text).toString('hex'), hex, text);
    t.equal(ipText(Buffer.from(hex, 'hex')), canonical, hex);
  }
});

t.test('mapped addresses', async (t) => {
  for (const [given, expected] of [
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '::ffff:a00:1'],
    ['::1', '::1'],
    ['10.0.0.1', '10.0.0.1'],
    ['example.com', 'example.com'],
  ] as const) {
    t.equal(unmapped(given), expected);
  }
});
