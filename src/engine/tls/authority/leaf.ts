import { ipBytes } from '../../../flow/text/ip-address.js';
import type { CertificateNames } from '../x509/certificate-names.js';
import { distinguishedName, extension, signCertificate } from '../x509/certificate-writer.js';
import { implicit, oid, sequence } from '../x509/der.js';
import { OID } from '../x509/oids.js';
import { type SubjectName, subjectName } from '../x509/subject-name.js';
import type { Authority } from './authority.js';

/** The subject of a leaf certificate. */
export interface LeafSubject {
  /** If missing or too long, the first name is used instead, unless it is too long, too. */
  commonName?: string;
  /** At least one. */
  names: readonly SubjectName[];
  organization?: string;
}

export interface LeafCertificate {
  der: Buffer;
  notAfter: Date;
}

const DAY = 24 * 60 * 60 * 1000;
/** From 2029, clients accept 47 days at most, which include the days before now that tolerate slow clocks. */
export const BACK_DATED = 2 * DAY;
const LIFETIME = 45 * DAY;
/** A certificate with more names would be too large for a fast handshake. Servers have some hundred at most. */
const MAX_NAMES = 250;
/** Maximum length of a common name and of an organisation (RFC 5280 appendix A.1). */
const MAX_ATTRIBUTE = 64;

/**
 * The subject for a connection: the names of the server's certificate and the requested host.
 * @param upstream undefined if there is no server certificate to copy from
 * @param host the SNI, or else the address if the leaf should contain it
 * @returns undefined without a name
 */
export function leafSubject(upstream: CertificateNames | undefined, host: string | undefined): LeafSubject | undefined {
  const requested = host === undefined ? undefined : subjectName(host);
  const names = distinct(upstream?.names ?? [], requested ? MAX_NAMES - 1 : MAX_NAMES);
  if (requested && !names.some(({ kind, value }) => kind === requested.kind && value === requested.value))
    names.push(requested);
  if (names.length === 0) return undefined;
  return { commonName: upstream?.commonName, names, organization: upstream?.organization };
}

/**
 * Mints a certificate for a TLS server (RFC 5280), valid for 45 days of which two have passed.
 * @param publicKey DER of the SubjectPublicKeyInfo
 * @throws TypeError if the subject has no name
 */
export function mintLeaf(
  subject: LeafSubject,
  publicKey: Buffer,
  authority: Authority,
  now = Date.now(),
): LeafCertificate {
  if (subject.names.length === 0) throw new TypeError('A leaf certificate needs a name');
  const { name, hasCommonName } = leafName(subject, authority.subject);
  const notBefore = new Date(Math.max(now - BACK_DATED, authority.notBefore.getTime()));
  const notAfter = new Date(Math.min(now - BACK_DATED + LIFETIME - 1000, authority.notAfter.getTime()));
  const template = {
    issuer: authority.subject,
    subject: name,
    notBefore,
    notAfter,
    publicKey,
    extensions: [
      extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
      extension(OID.authorityKeyIdentifier, sequence(implicit(0, authority.keyIdentifier))),
      extension(OID.subjectAltName, sequence(...subject.names.map(generalName)), !hasCommonName),
    ],
  };
  return { der: signCertificate(template, authority.key), notAfter };
}

/** Never uses the issuer's name: the leaf would look self-signed. */
function leafName(subject: LeafSubject, issuer: Buffer): { name: Buffer; hasCommonName: boolean } {
  const organization = subject.organization && [...subject.organization].slice(0, MAX_ATTRIBUTE).join('');
  for (const commonName of [subject.commonName, subject.names[0]?.value]) {
    if (!commonName || [...commonName].length > MAX_ATTRIBUTE) continue;
    const name = distinguishedName({ commonName, organization });
    if (!name.equals(issuer)) return { name, hasCommonName: true };
  }
  const name = distinguishedName({ organization });
  return { name: name.equals(issuer) ? distinguishedName({}) : name, hasCommonName: false };
}

/** RFC 5280 section 4.2.1.6. */
function generalName({ kind, value }: SubjectName): Buffer {
  return kind === 'dns' ? implicit(2, Buffer.from(value, 'latin1')) : implicit(7, ipBytes(value));
}

function distinct(names: readonly SubjectName[], most: number): SubjectName[] {
  const seen = new Map<string, SubjectName>();
  for (const name of names) {
    if (seen.size >= most) break;
    seen.set(`${name.kind} ${name.value}`, name);
  }
  return [...seen.values()];
}
