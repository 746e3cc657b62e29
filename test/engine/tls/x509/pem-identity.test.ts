import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { toPem } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { parsePemIdentity } from '../../../../src/engine/tls/x509/pem-identity.js';
import { certificate, ecKey, keyPem } from '../support.js';

const key = ecKey();
const pem = toPem(certificate({ key }));
const other = toPem(certificate());

t.test('the certificate of the key comes first', (t) => {
  const cases: [text: string, certificates: string[]][] = [
    [keyPem(key) + pem, [pem]],
    [other + pem + keyPem(key), [pem, other]],
    [`bag attributes\n${pem}${other}${keyPem(key)}`, [pem, other]],
  ];
  for (const [text, certificates] of cases) {
    const found = parsePemIdentity(text);
    t.same(found.certificates.map(String), certificates);
    t.equal(String(found.certificate), pem);
    t.ok(found.certificate.checkPrivateKey(found.key));
  }
  t.end();
});

t.test('a key from elsewhere', (t) => {
  t.equal(String(parsePemIdentity(pem, undefined, key).certificate), pem);
  t.throws(() => parsePemIdentity(pem, undefined, ecKey()), { message: 'has no private key for its certificate' });
  t.end();
});

t.test('encrypted keys', (t) => {
  const encrypted = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' });
  t.equal(String(parsePemIdentity(pem + encrypted, 'secret').certificate), pem);
  for (const passphrase of [undefined, '', 'wrong']) {
    t.throws(() => parsePemIdentity(pem + encrypted, passphrase), {
      message: /^has an encrypted key, .*cert_passphrase/,
    });
  }
  t.equal(String(parsePemIdentity(pem + keyPem(key), 'unneeded').certificate), pem);
  t.end();
});

t.test('what is missing', (t) => {
  const cases: [text: string, message: string][] = [
    ['', 'has no private key'],
    [pem, 'has no private key'],
    [keyPem(key), 'has no valid certificate'],
    [keyPem(key) + other, 'has a key and a certificate that do not match'],
    [keyPem(key).replace(/\n.{9}/, '\nAAAAAAAAA') + pem, 'has an invalid private key'],
  ];
  for (const [text, message] of cases) t.throws(() => parsePemIdentity(text), { name: 'PemError', message });
  t.end();
});

t.test('a key that cannot sign', (t) => {
  const agreement = generateKeyPairSync('x25519').privateKey;
  t.throws(() => parsePemIdentity(pem + keyPem(agreement)), {
    message: 'has a key of type x25519: use RSA, EC or Ed25519',
  });
  t.end();
});
