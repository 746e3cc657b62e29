import t from 'tap';
import { CipherNames } from '../../../../src/serialize/mitmproxy/connection/cipher-names.js';

const names = new CipherNames();

t.test('names and numbers', async (t) => {
  const cases: [number: number, name: string][] = [
    [0x1301, 'TLS_AES_128_GCM_SHA256'],
    [0xc02f, 'ECDHE-RSA-AES128-GCM-SHA256'],
    [0x002f, 'AES128-SHA'],
    [0x000a, 'DES-CBC3-SHA'],
    [0x00ff, 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV'],
    [0x1a1a, '0x1A1A'],
    [0x0a0b, '0x0A0B'],
  ];
  for (const [number, name] of cases) {
    t.equal(names.name(number), name);
    t.equal(names.number(name), number);
  }
  t.equal(names.number('NO-SUCH-CIPHER'), undefined);
});

t.test('every number comes back', async (t) => {
  for (let number = 0; number < 65_536; number++) {
    if (names.number(names.name(number)) !== number) t.fail(String(number));
  }
});
