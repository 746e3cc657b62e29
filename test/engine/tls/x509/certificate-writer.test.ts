import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import t from 'tap';
import { canSign, distinguishedName, toPem } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { folder, write } from '../../../support/folder.js';
import { certificate, ecKey, openssl, without } from '../support.js';

const KEYS: [name: string, key: KeyObject][] = [
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['P-256', ecKey()],
  ['P-384', ecKey('P-384')],
  ['P-521', ecKey('P-521')],
  ['Ed25519', generateKeyPairSync('ed25519').privateKey],
  ['Ed448', generateKeyPairSync('ed448').privateKey],
];

t.test('certificates signed by every kind of key', async (t) => {
  for (const [name, key] of KEYS) {
    t.ok(canSign(key), name);
    const made = new X509Certificate(certificate({ key }));
    t.ok(made.verify(createPublicKey(key)), name);
    t.ok(made.ca, name);
    t.equal(made.subject, 'CN=Test CA');
    t.notOk(made.verify(createPublicKey(ecKey())));
  }
  t.notOk(canSign(generateKeyPairSync('x25519').privateKey));
});

t.test('OpenSSL finds nothing to complain about', { skip: without('openssl') }, async (t) => {
  const dir = folder(t);
  for (const [name, key] of KEYS) {
    const file = write(`${dir}/${name}.pem`, toPem(certificate({ key })));
    t.equal(openssl(['verify', '-x509_strict', '-check_ss_sig', '-CAfile', file, file]), `${file}: OK\n`, name);
  }
});

t.test('serial numbers are positive, long and never the same', async (t) => {
  const key = ecKey();
  const serials = new Set(Array.from({ length: 100 }, () => new X509Certificate(certificate({ key })).serialNumber));
  t.equal(serials.size, 100);
  for (const serial of serials) t.match(serial, /^[4-7][0-9A-F]{31}$/);
});

t.test('times', async (t) => {
  const notBefore = new Date('2020-01-02T03:04:05Z');
  const notAfter = new Date('2050-06-07T08:09:10Z');
  const made = new X509Certificate(certificate({ notBefore, notAfter }));
  t.equal(Date.parse(made.validFrom), notBefore.getTime());
  t.equal(Date.parse(made.validTo), notAfter.getTime());
});

t.test('names', async (t) => {
  t.equal(distinguishedName({}).toString('hex'), '3000');
  const made = new X509Certificate(certificate({ name: distinguishedName({ commonName: 'a', organization: 'Ö' }) }));
  t.equal(made.subject, 'O=Ö\nCN=a');
});
