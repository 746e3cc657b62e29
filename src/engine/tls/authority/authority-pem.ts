import type { KeyObject, X509Certificate } from 'node:crypto';
import { extensionValue, keyIdentifier, readCertificate } from '../x509/certificate-reader.js';
import { canSign } from '../x509/certificate-writer.js';
import { TAG } from '../x509/der.js';
import { OID } from '../x509/oids.js';
import { PemError, type PemIdentity, parsePemIdentity } from '../x509/pem-identity.js';

/** A certificate authority's files are unusable. The message is one sentence with the remedy. */
export class AuthorityError extends Error {
  override name = 'AuthorityError';
}

/** A certificate authority: the data to sign leaf certificates and to send them with their chain. */
export interface Authority {
  /** The path of its file. */
  file: string;
  certificate: X509Certificate;
  /** The certificate that clients have to trust. */
  certificatePem: string;
  /**
   * The file's certificates, the CA's first; servers send them after their own. Clients that trust a CA by the hash of
   * its key must receive it.
   */
  chainPem: string;
  key: KeyObject;
  /** DER of its name, which is the issuer of its leaf certificates. */
  subject: Buffer;
  /** Its subject key identifier, or one derived from its key if it has none. */
  keyIdentifier: Buffer;
  notBefore: Date;
  notAfter: Date;
}

/**
 * Parses a PEM file with the key and the certificate of an authority, and optionally the certificates above it.
 * @param file its name, for messages
 * @throws AuthorityError if clients would not accept certificates that it signs
 */
export function parseAuthority(text: string, file: string, passphrase?: string, now = new Date()): Authority {
  const fail = (problem: string): AuthorityError => new AuthorityError(`${file} ${problem}`);
  const { key, certificate, certificates } = identityOf(text, passphrase, fail);
  if (!canSign(key)) throw fail(`has a key of type ${key.asymmetricKeyType}: use RSA, EC or Ed25519`);
  const fields = readCertificate(certificate.raw);
  if (!fields || !certificate.ca || !maySign(extensionValue(fields, OID.keyUsage)?.content)) {
    throw fail(`is not a CA certificate, so clients would reject certificates that it signs: ${REPLACE}`);
  }
  const notBefore = new Date(certificate.validFrom);
  const notAfter = new Date(certificate.validTo);
  if (!(notBefore <= now)) {
    throw fail(`has a CA that is not valid before ${day(notBefore)}: correct the clock, or ${REPLACE_SHORT}`);
  }
  if (!(now < notAfter)) {
    throw fail(
      `has a CA that expired on ${day(notAfter)}: ${REPLACE_SHORT}, and install the new certificate on clients`,
    );
  }
  const identifier = extensionValue(fields, OID.subjectKeyIdentifier);
  return {
    file,
    certificate,
    certificatePem: certificate.toString(),
    chainPem: certificates.map(String).join(''),
    key,
    subject: fields.subject,
    keyIdentifier: identifier?.tag === TAG.octetString ? identifier.content : keyIdentifier(fields.publicKey),
    notBefore,
    notAfter,
  };
}

const REPLACE_SHORT = "remove this CA's files to create a new one";
const REPLACE = `put a PEM file with the key and the certificate of a CA there, or ${REPLACE_SHORT}`;

function identityOf(
  text: string,
  passphrase: string | undefined,
  fail: (problem: string) => AuthorityError,
): PemIdentity {
  try {
    return parsePemIdentity(text, passphrase);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw fail(`${error.problem}: ${error.advice ?? REPLACE}`);
  }
}

/**
 * Key usage (RFC 5280 section 4.2.1.3) is a bit string with keyCertSign as bit 5. Without the extension, all uses are allowed.
 */
function maySign(keyUsage: Buffer | undefined): boolean {
  return keyUsage === undefined || ((keyUsage[1] ?? 0) & 0x04) !== 0;
}

function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an invalid date' : date.toISOString().slice(0, 10);
}
