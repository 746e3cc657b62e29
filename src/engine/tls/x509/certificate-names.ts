import { attributeValues, type CertificateFields, extensionValue, readCertificate } from './certificate-reader.js';
import { readInside } from './der-reader.js';
import { OID } from './oids.js';
import { dnsName, ipName, type SubjectName } from './subject-name.js';

/** What a certificate says of whom it belongs to. */
export interface CertificateNames {
  commonName: string | undefined;
  /** The subject alternative names of the kinds DNS and IP; if there are none, the common name if it is a host name (an address there counts for no client). */
  names: SubjectName[];
  organization: string | undefined;
}

/**
 * Reads the names of a certificate from its DER, never from the text that Node makes of it: names in that text can hold
 * separators (CVE-2021-44532). Names that no host can have, such as one with a NUL, are left out.
 * @returns nothing but empty fields if the bytes are no certificate
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

/** An IA5String has no letters outside ASCII, so none are made into an A-label here. */
function asciiName(text: string): SubjectName | undefined {
  return /^[\x21-\x7e]+$/.test(text) ? dnsName(text) : undefined;
}

function printable(text: string | undefined): string | undefined {
  return text === undefined || text === '' || /\p{Cc}/u.test(text) ? undefined : text;
}
