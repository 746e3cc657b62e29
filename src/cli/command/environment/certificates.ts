import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';

/** Paths of the bundles with the root certificates that most programs trust. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt', // Debian, Alpine, Arch
  '/etc/pki/tls/certs/ca-bundle.crt', // Fedora, Red Hat
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem', // SUSE
  '/etc/ssl/cert.pem', // macOS, OpenBSD
  '/usr/local/share/certs/ca-root-nss.crt', // FreeBSD
];

/** Certificates, each as the base64 text of its DER, without duplicates. */
export type Certificates = ReadonlySet<string>;

/** The certificates in PEM text (RFC 7468); other text is skipped. */
export function certificatesIn(pem: string): Certificates {
  const found = pem.matchAll(/-----BEGIN (?:X509 )?CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END/g);
  return new Set(Array.from(found, ([, base64]) => base64!.replace(/\s+/g, '')));
}

/** PEM text of certificates. */
export function pemOf(certificates: Iterable<string>): string {
  const parts: string[] = [];
  for (const base64 of certificates) {
    parts.push('-----BEGIN CERTIFICATE-----');
    for (let at = 0; at < base64.length; at += 64) parts.push(base64.slice(at, at + 64));
    parts.push('-----END CERTIFICATE-----');
  }
  return parts.length === 0 ? '' : `${parts.join('\n')}\n`;
}

/** The certificates that programs on this system trust by default: those of the system, and Node's own. */
export function defaultRoots(): Certificates {
  return new Set([...systemRoots(), ...nodeRoots()]);
}

/** The certificates of the system's bundle; empty if the system has no bundle. */
export function systemRoots(): Certificates {
  for (const path of SYSTEM_BUNDLES) {
    const found = certificatesOf(path);
    if (found && found.size > 0) return found;
  }
  return new Set();
}

/** Node's own certificates. */
export function nodeRoots(): Certificates {
  return certificatesIn(rootCertificates.join('\n'));
}

/** The certificates of a file; undefined if it cannot be read. */
export function certificatesOf(path: string): Certificates | undefined {
  try {
    return certificatesIn(readFileSync(path, 'latin1'));
  } catch {
    return undefined;
  }
}
