import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { AuthorityError, parseAuthority } from '../../../../src/engine/tls/authority/authority-pem.js';
import { keyIdentifier } from '../../../../src/engine/tls/x509/certificate-reader.js';
import { extension, toPem } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { bitString, sequence, TRUE } from '../../../../src/engine/tls/x509/der.js';
import { OID } from '../../../../src/engine/tls/x509/oids.js';
import { folder, write } from '../../../support/folder.js';
import { caExtensions, certificate, DAY, ecKey, keyPem, openssl, spki, without } from '../support.js';

const key = ecKey();
const pem = toPem(certificate({ key }));
const ahead = (days: number): Date => new Date(Date.now() + days * DAY);

t.test('keys of all kinds and in all forms', async (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const table: [name: string, text: string, type: string][] = [
    ['PKCS#8', keyPem(key) + pem, 'ec'],
    ['certificate first', pem + keyPem(key), 'ec'],
    ['SEC1', key.export({ type: 'sec1', format: 'pem' }) + pem, 'ec'],
    ['PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem' }) + toPem(certificate({ key: rsa })), 'rsa'],
    ['Ed25519', keyPem(ed25519) + toPem(certificate({ key: ed25519 })), 'ed25519'],
    ['Windows lines', (keyPem(key) + pem).replaceAll('\n', '\r\n'), 'ec'],
    ['text in between', `Key\n${keyPem(key)}subject=CN = x\n${pem}\n`, 'ec'],
  ];
  for (const [name, text, type] of table) {
    const authority = parseAuthority(text, 'ca.pem');
    t.equal(authority.key.asymmetricKeyType, type, name);
    t.ok(authority.certificate.checkPrivateKey(authority.key), name);
    t.ok(authority.keyIdentifier.equals(keyIdentifier(spki(authority.key))), name);
  }
});

t.test('an encrypted key', async (t) => {
  const encrypted = [
    key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }),
    key.export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }),
  ];
  for (const block of encrypted) {
    t.equal(parseAuthority(block + pem, 'ca.pem', 'secret').certificatePem, pem);
    for (const passphrase of [undefined, '', 'wrong']) {
      t.throws(() => parseAuthority(block + pem, 'ca.pem', passphrase), {
        name: 'AuthorityError',
        message:
          'ca.pem has an encrypted key, and its passphrase is missing or wrong: set cert_passphrase, or decrypt the key',
      });
    }
  }
});

t.test('one sentence says what is wrong and what to do', async (t) => {
  const [constraints, usage] = caExtensions(key);
  const made = (options: Parameters<typeof certificate>[0]): string =>
    keyPem(key) + toPem(certificate({ key, ...options }));
  const table: [name: string, text: string, message: RegExp][] = [
    ['an empty file', '', /^ca\.pem has no private key: put a PEM file .* there, or remove .*$/],
    ['certificate only', pem, /^ca\.pem has no private key: put/],
    ['key only', keyPem(key), /^ca\.pem has no valid certificate: put/],
    ['a damaged key', keyPem(key).replace(/\n.{9}/, '\nAAAAAAAAA') + pem, /^ca\.pem has an invalid private key: put/],
    ['a damaged certificate', keyPem(key) + pem.replace(/\n.{9}/, '\nAAAAAAAAA'), /^ca\.pem has no valid certificate/],
    ['a cut file', (keyPem(key) + pem).slice(0, -30), /^ca\.pem has no valid certificate: put/],
    ['another key', keyPem(ecKey()) + pem, /^ca\.pem has a key and a certificate that do not match: put/],
    [
      'a key that cannot sign',
      keyPem(generateKeyPairSync('x25519').privateKey) + pem,
      /^ca\.pem has a key of type x25519: use RSA/,
    ],
    [
      'no CA',
      made({ extensions: [extension(OID.basicConstraints, sequence(), true)] }),
      /^ca\.pem is not a CA certificate/,
    ],
    ['no constraints', made({ extensions: [usage!] }), /^ca\.pem is not a CA certificate/],
    [
      'a CA that must not sign',
      made({ extensions: [constraints!, keyUsage(0x02)] }),
      /^ca\.pem is not a CA certificate/,
    ],
    ['an empty key usage', made({ extensions: [constraints!, keyUsage()] }), /^ca\.pem is not a CA certificate/],
    [
      'expired',
      made({ notAfter: ahead(-1) }),
      /^ca\.pem has a CA that expired on \d{4}-\d\d-\d\d: remove .* a new one, and install/,
    ],
    [
      'of tomorrow',
      made({ notBefore: ahead(1) }),
      /^ca\.pem has a CA that is not valid before \d{4}-\d\d-\d\d: correct the clock, or remove/,
    ],
  ];
  for (const [name, text, message] of table) {
    t.throws(() => parseAuthority(text, 'ca.pem'), { constructor: AuthorityError, message }, name);
  }
});

t.test('without key usage everything is allowed', async (t) => {
  const text =
    keyPem(key) + toPem(certificate({ key, extensions: [extension(OID.basicConstraints, sequence(TRUE), true)] }));
  t.ok(parseAuthority(text, 'ca.pem').keyIdentifier.equals(keyIdentifier(spki(key))));
});

t.test('a CA that OpenSSL made', { skip: without('openssl') }, async (t) => {
  const dir = folder(t);
  const options = [
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=Company CA',
    '-keyout',
    `${dir}/k`,
    '-out',
    `${dir}/c`,
  ];
  openssl(['req', '-x509', ...options]);
  const text = readFileSync(`${dir}/k`, 'latin1') + readFileSync(`${dir}/c`, 'latin1');
  t.match(parseAuthority(text, write(`${dir}/ca.pem`, text)).certificate.subject, 'CN=Company CA');
});

function keyUsage(...bytes: number[]): Buffer {
  return extension(OID.keyUsage, bitString(Buffer.from(bytes)), true);
}
