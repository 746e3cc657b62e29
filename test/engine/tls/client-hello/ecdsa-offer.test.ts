import t from 'tap';
import { TLS1_2, TLS1_3 } from '../../../../src/engine/tls/client-hello/client-hello.js';
import { offersEcdsa } from '../../../../src/engine/tls/client-hello/ecdsa-offer.js';

/** TLS 1.3 has suites of its own, which do not name the key. */
function usesTls13({ supportedVersions }: { supportedVersions: number[] }, upTo: number): boolean {
  return upTo >= TLS1_3 && supportedVersions.includes(TLS1_3);
}

t.test('whether a client can do with a P-256 certificate', async (t) => {
  const modern = {
    supportedVersions: [TLS1_3, TLS1_2],
    cipherSuites: [0x1301, 0xc02b],
    signatureAlgorithms: [0x0403, 0x0804],
    groups: [29, 23],
  };
  const table: [name: string, change: Partial<typeof modern>, upTo: number, expected: boolean][] = [
    ['TLS 1.3', {}, TLS1_3, true],
    [
      'TLS 1.3 with its own suites and no P-256 for the key exchange',
      { cipherSuites: [0x1301], groups: [29] },
      TLS1_3,
      true,
    ],
    ['TLS 1.3 with RSA signatures', { signatureAlgorithms: [0x0804] }, TLS1_3, false],
    ['TLS 1.3 with P-384 signatures', { signatureAlgorithms: [0x0503] }, TLS1_3, false],
    ['TLS 1.3 offered, 1.2 agreed', {}, TLS1_2, true],
    ['TLS 1.3 offered, 1.2 agreed, RSA suites for it', { cipherSuites: [0x1301, 0xc02f] }, TLS1_2, false],
    ['TLS 1.2', { supportedVersions: [] }, TLS1_3, true],
    ['TLS 1.2 with P-384 signatures', { supportedVersions: [], signatureAlgorithms: [0x0503] }, TLS1_3, true],
    ['TLS 1.2 with SHA-1', { supportedVersions: [], signatureAlgorithms: [0x0203] }, TLS1_3, false],
    ['TLS 1.2 without a word on signatures', { supportedVersions: [], signatureAlgorithms: [] }, TLS1_3, false],
    ['TLS 1.2 without a word on curves', { supportedVersions: [], groups: [] }, TLS1_3, true],
    ['TLS 1.2 with other curves', { supportedVersions: [], groups: [29, 24] }, TLS1_3, false],
    ['TLS 1.2 with RSA suites', { supportedVersions: [], cipherSuites: [0xc02f, 0x009c] }, TLS1_3, false],
  ];
  for (const [name, change, upTo, expected] of table) {
    const hello = {
      kind: 'hello' as const,
      legacyVersion: 0x0303,
      sni: undefined,
      alpnOffers: [],
      ...modern,
      ...change,
    };
    t.equal(offersEcdsa(hello, upTo), expected, name);
    t.equal(
      offersEcdsa(hello, upTo, new Set([0xc02f])),
      expected && usesTls13(hello, upTo),
      `${name}, RSA suites only`,
    );
  }
});
