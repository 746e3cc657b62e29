import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { distinguishedName, extension, signCertificate, toPem } from '../../src/engine/tls/x509/certificate-writer.js';
import { implicit, sequence } from '../../src/engine/tls/x509/der.js';
import { OID } from '../../src/engine/tls/x509/oids.js';

const DAY = 24 * 60 * 60 * 1000;

/** Key and self-signed certificate for a server name, as PEM. */
export function selfSigned(host: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = distinguishedName({ commonName: host });
  const certificate = signCertificate(
    {
      issuer: name,
      subject: name,
      notBefore: new Date(Date.now() - DAY),
      notAfter: new Date(Date.now() + DAY),
      publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
      extensions: [extension(OID.subjectAltName, sequence(implicit(2, Buffer.from(host))))],
    },
    privateKey,
  );
  return `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${toPem(certificate)}`;
}
