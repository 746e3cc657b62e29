import { attributeValues, type CertificateFields, extensionValue, readCertificate } from './certificate-reader.js';
import { readInside } from './der-reader.js';
import { OID } from './oids.js';
import { dnsName, ipName, type SubjectName } from './subject-name.js';

/** The names in a certificate. */
export interface CertificateNames {
  commonName: string | undefined;
  /**
   * The subject alternative names of the types DNS and IP; without any, the common name if it is a host name (no client
   * accepts an address there).
   */
  names: SubjectName[];
  organization: string | undefined;
}

/**
 * Reads a certificate's names from its DER. Node's text form is ambiguous: names can contain its separators (CVE-2021-44532).
 * Names that are not valid host names, such as one with a NUL, are omitted.
 * @returns empty fields if the bytes are not a certificate
 */
export function certificateNames(der: Buffer): CertificateNames {
  const fields = readCertificate(der);
  if (!fields) return { commonName: undefined, names: [], organization: undefined };
  const commonName = printable(attributeValues(fields.subject, OID.commonName).at(-1));
  const alternative = alternativeNames(fields);
  const fallback = commonName !== undefined && alternative.length === 0 ? asciiName(commonName) : undefined;
  return {
    commonName,
    names: fallback ? [fallback] : alternative,
    organization: printable(attributeValues(fields.subject, OID.organization)[0]),
  };
}

/** GeneralNames of RFC 5280 section 4.2.1.6: `[2]` is a DNS name, `[7]` an IP address. */
function alternativeNames(fields: CertificateFields): SubjectName[] {
  const names: SubjectName[] = [];
  for (const { tag, content } of readInside(extensionValue(fields, OID.subjectAltName)) ?? []) {
    const text = tag === 0x82 ? content.toString('latin1') : undefined;
    const name = text !== undefined ? asciiName(text) : tag === 0x87 ? ipName(content) : undefined;
    if (name) names.push(name);
  }
  return names;
}

/** An IA5String is limited to ASCII, so no A-labels are created here. */
function asciiName(text: string): SubjectName | undefined {
  return /^[\x21-\x7e]+$/.test(text) ? dnsName(text) : undefined;
}

function printable(text: string | undefined): string | undefined {
  return text === undefined || text === '' || /\p{Cc}/u.test(text) ? undefined : text;
}
