import { createHash } from 'node:crypto';
import { oid, TAG } from './der.js';
import { type DerElement, readElement, readElements, readInside, readString } from './der-reader.js';

/** The used fields of a certificate, as in its DER. */
export interface CertificateFields {
  /** DER of the signature algorithm's identifier. */
  signatureAlgorithm: Buffer | undefined;
  /** DER of the subject's name. */
  subject: Buffer;
  /** DER of the SubjectPublicKeyInfo. */
  publicKey: Buffer;
  /** Values of the extensions, by the hexadecimal DER of their identifiers; see `extensionValue`. */
  extensions: Map<string, Buffer>;
}

/** Parses a certificate (RFC 5280 section 4.1). @returns undefined if the bytes are not a certificate */
export function readCertificate(der: Buffer): CertificateFields | undefined {
  const certificate = readInside(readElement(der));
  const fields = readInside(certificate?.[0]);
  if (!fields) return undefined;
  // Version 1 omits the version field; after it: serial, algorithm, issuer, validity, subject, key.
  const start = fields[0]?.tag === 0xa0 ? 1 : 0;
  const subject = fields[start + 4];
  const publicKey = fields[start + 5];
  if (subject?.tag !== TAG.sequence || publicKey?.tag !== TAG.sequence) return undefined;
  const extensions = readExtensions(fields.slice(start + 6).find(({ tag }) => tag === 0xa3));
  const signatureAlgorithm = readInside(certificate?.[1])?.[0]?.raw;
  return extensions && { signatureAlgorithm, subject: subject.raw, publicKey: publicKey.raw, extensions };
}

/** The DER inside an extension. @returns undefined if the certificate lacks it */
export function extensionValue(fields: CertificateFields, id: string): DerElement | undefined {
  const value = fields.extensions.get(oid(id).toString('hex'));
  return value && readElement(value);
}

/** All values of one attribute of a distinguished name, in order. Values that are not text are omitted. */
export function attributeValues(name: Buffer, id: string): string[] {
  const wanted = oid(id);
  const values: string[] = [];
  for (const relative of readInside(readElement(name)) ?? []) {
    for (const attribute of readInside(relative, TAG.set) ?? []) {
      const [type, value] = readInside(attribute) ?? [];
      const text = type?.raw.equals(wanted) ? readString(value) : undefined;
      if (text !== undefined) values.push(text);
    }
  }
  return values;
}

/** A key identifier derived from the key (RFC 5280 section 4.2.1.2, method 1). @param publicKey as in the fields */
export function keyIdentifier(publicKey: Buffer): Buffer {
  const bits = readInside(readElement(publicKey))?.[1];
  const bytes = bits?.tag === TAG.bitString ? bits.content.subarray(1) : publicKey;
  return createHash('sha1').update(bytes).digest();
}

function readExtensions(tagged: DerElement | undefined): Map<string, Buffer> | undefined {
  const found = new Map<string, Buffer>();
  if (!tagged) return found;
  for (const extension of readInside(readElements(tagged.content)?.[0]) ?? []) {
    const parts = readInside(extension);
    const value = parts?.at(-1);
    if (parts?.[0]?.tag !== TAG.oid || value?.tag !== TAG.octetString) return undefined;
    found.set(parts[0].raw.toString('hex'), value.content);
  }
  return found;
}
