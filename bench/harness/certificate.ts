import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { distinguishedName, extension, signCertificate, toPem } from '../../src/engine/tls/x509/certificate-writer.js';
import { implicit, sequence, TRUE } from '../../src/engine/tls/x509/der.js';
import { OID } from '../../src/engine/tls/x509/oids.js';

const DAY = 24 * 60 * 60 * 1000;

/** Key and self-signed certificate for a server name, as PEM. */
export function selfSigned(host: string): string {
  const { key, certificate } = makeCertificate(host, [
    extension(OID.subjectAltName, sequence(implicit(2, Buffer.from(host)))),
  ]);
  return `${key}${certificate}`;
}

/** Key and certificate of a certificate authority, as PEM. */
export function certificateAuthority(): { key: string; certificate: string } {
  return makeCertificate('tsdump bench', [extension(OID.basicConstraints, sequence(TRUE), true)]);
}

function makeCertificate(commonName: string, extensions: Buffer[]): { key: string; certificate: string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = distinguishedName({ commonName });
  const certificate = signCertificate(
    {
      issuer: name,
      subject: name,
      notBefore: new Date(Date.now() - DAY),
      notAfter: new Date(Date.now() + DAY),
      publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
      extensions,
    },
    privateKey,
  );
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, certificate: toPem(certificate) };
}
