import type { SecureContextOptions } from 'node:tls';
import t from 'tap';
import { enabledSuites } from '../../../../src/engine/tls/client-hello/enabled-suites.js';

const RSA_AES128 = 0xc02f;
const ECDSA_AES128 = 0xc02b;

t.test('OpenSSL expands a list of cipher suites', async (t) => {
  const table: [settings: SecureContextOptions, rsa: boolean, ecdsa: boolean][] = [
    [{ ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }, true, false],
    [{ ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' }, false, true],
    [{ ciphers: 'HIGH:!aECDSA', maxVersion: 'TLSv1.2' }, true, false],
    [{ ciphers: 'DEFAULT:@SECLEVEL=0', minVersion: 'TLSv1' }, true, true],
    [{ ciphers: 'TLS_AES_128_GCM_SHA256' }, false, false],
  ];
  for (const [settings, rsa, ecdsa] of table) {
    const suites = await enabledSuites(settings);
    t.same([suites.has(RSA_AES128), suites.has(ECDSA_AES128)], [rsa, ecdsa], String(settings.ciphers));
  }
});

t.test('settings that no client can have enable nothing', async (t) => {
  t.equal((await enabledSuites({ ciphers: 'TLS_AES_128_GCM_SHA256', maxVersion: 'TLSv1.2' })).size, 0);
});
