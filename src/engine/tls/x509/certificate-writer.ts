import { type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bitString,
  element,
  explicit,
  integer,
  NULL,
  octetString,
  oid,
  sequence,
  TAG,
  TRUE,
  time,
  utf8String,
} from './der.js';
import { OID } from './oids.js';

export interface CertificateTemplate {
  /** DER of the issuer's subject, copied so that the two match byte for byte. */
  issuer: Buffer;
  subject: Buffer;
  notBefore: Date;
  notAfter: Date;
  /** DER of the SubjectPublicKeyInfo. */
  publicKey: Buffer;
  extensions: Buffer[];
}

/**
 * Creates a certificate (X.509 v3, RFC 5280) with a random serial number, signed by OpenSSL.
 * @param key the issuer's private key, of a type that `canSign` accepts
 * @returns DER
 */
export function signCertificate(template: CertificateTemplate, key: KeyObject): Buffer {
  const { identifier, digest } = signatureAlgorithm(key)!;
  const tbsCertificate = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(randomSerial()),
    identifier,
    template.issuer,
    sequence(time(template.notBefore), time(template.notAfter)),
    template.subject,
    template.publicKey,
    explicit(3, sequence(...template.extensions)),
  );
  return sequence(tbsCertificate, identifier, bitString(sign(digest, tbsCertificate, key)));
}

/** Whether this private key can sign certificates: RSA, EC, Ed25519 or Ed448. */
export function canSign(key: KeyObject): boolean {
  return signatureAlgorithm(key) !== undefined;
}

/** A distinguished name; undefined attributes are left out, and without attributes it is the empty name. */
export function distinguishedName(attributes: { commonName?: string; organization?: string }): Buffer {
  const { commonName, organization } = attributes;
  const parts: Buffer[] = [];
  if (organization !== undefined) parts.push(attribute(OID.organization, organization));
  if (commonName !== undefined) parts.push(attribute(OID.commonName, commonName));
  return sequence(...parts);
}

export function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [TRUE] : []), octetString(value));
}

/** PEM of a certificate's DER (RFC 7468). */
export function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function attribute(id: string, value: string): Buffer {
  return element(TAG.set, sequence(oid(id), utf8String(value)));
}

/** 126 random bits: positive, never zero, and within the 20 bytes that RFC 5280 section 4.1.2.2 allows. */
function randomSerial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes;
}

interface SignatureAlgorithm {
  identifier: Buffer;
  /** Undefined if the algorithm implies it. */
  digest: string | undefined;
}

function signatureAlgorithm(key: KeyObject): SignatureAlgorithm | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { identifier: sequence(oid(OID.sha256WithRsa), NULL), digest: 'sha256' };
    case 'ec':
      return ecdsa(key.asymmetricKeyDetails?.namedCurve);
    case 'ed25519':
      return { identifier: sequence(oid(OID.ed25519)), digest: undefined };
    case 'ed448':
      return { identifier: sequence(oid(OID.ed448)), digest: undefined };
    default:
      return undefined;
  }
}

function ecdsa(curve: string | undefined): SignatureAlgorithm {
  if (curve === 'secp384r1') return { identifier: sequence(oid(OID.ecdsaWithSha384)), digest: 'sha384' };
  if (curve === 'secp521r1') return { identifier: sequence(oid(OID.ecdsaWithSha512)), digest: 'sha512' };
  return { identifier: sequence(oid(OID.ecdsaWithSha256)), digest: 'sha256' };
}
