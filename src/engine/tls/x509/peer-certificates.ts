import type { TLSSocket } from 'node:tls';

/** Maximum number of certificates in a chain. */
const LONGEST = 10;

/** DER of the certificates that the peer presented, leaf first; empty if it presented none. */
export function certificateChain(stream: TLSSocket): Buffer[] {
  const certificates: Buffer[] = [];
  for (let at = stream.getPeerX509Certificate(); at && certificates.length < LONGEST; at = at.issuerCertificate) {
    const der = at.raw;
    if (certificates.some((seen) => seen.equals(der))) break;
    certificates.push(der);
  }
  return certificates;
}
