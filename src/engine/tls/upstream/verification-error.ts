import type { TLSSocket } from 'node:tls';
import { readCertificate } from '../x509/certificate-reader.js';
import { oid } from '../x509/der.js';

/**
 * The native part of a TLS socket. Node knows the codes of some verification errors only, and reports the others as
 * `UNSPECIFIED`.
 */
interface WithHandle {
  readonly _handle?: { verifyError?(): { code?: string; message?: string } | null } | null;
}

/**
 * The reason why a server's certificate chain is rejected, and the remedy, without a final full stop.
 * @param certificates DER, as sent by the server
 */
export function chainError(stream: TLSSocket, certificates: readonly Buffer[]): string {
  const { authorizationError } = stream;
  const code = authorizationError instanceof Error ? authorizationError.message : String(authorizationError);
  const message = (stream as unknown as WithHandle)._handle?.verifyError?.()?.message;
  return verificationText(code, message, certificates);
}

/** @param code Node's `authorizationError` @param message OpenSSL's text, if known */
export function verificationText(code: string, message = '', certificates: readonly Buffer[] = []): string {
  if (WEAK.test(`${code} ${message}`)) return `${weakness(code, message, certificates)}. ${ACCEPT_WEAK}`;
  const words = WORDS[code] ?? message;
  const reason = code === 'UNSPECIFIED' && words ? words : words ? `${words} (${code})` : code;
  return `${reason}. ${UNTRUSTED.has(code) ? TRUST : INSECURE}`;
}

/** The remedy for a certificate with other names. */
export const INSECURE = 'Use -k (ssl_insecure) to skip verification';
const TRUST = 'Trust its CA with ssl_verify_upstream_trusted_ca, or use -k (ssl_insecure) to skip verification';
const ACCEPT_WEAK = 'Use ciphers_server=DEFAULT:@SECLEVEL=0 or -k (ssl_insecure) to accept it';

const WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the chain ends in a root that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'the issuer of a certificate is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer of the certificate is unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the issuer of the certificate is unknown, or the server sends no chain',
  CERT_REVOKED: 'the certificate was revoked',
  INVALID_PURPOSE: 'the certificate is not for TLS servers',
};

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
]);

/** Errors of OpenSSL's security level (`SSL_CTX_set_security_level`). */
const WEAK = /digest algorithm too weak|key too (?:weak|small)|_MD_TOO_WEAK|_KEY_TOO_SMALL/i;

function weakness(code: string, message: string, certificates: readonly Buffer[]): string {
  const text = `${code} ${message}`;
  if (/digest|_MD_/.test(text)) {
    return `a certificate of its chain is signed with ${weakDigest(certificates) ?? 'a weak digest'}, which is too weak`;
  }
  return `the key of ${/\bEE[ _]/.test(text) ? 'the certificate' : 'a certificate of its chain'} is too small`;
}

function weakDigest(certificates: readonly Buffer[]): string | undefined {
  for (const der of certificates) {
    const algorithm = readCertificate(der)?.signatureAlgorithm;
    const found = algorithm && WEAK_DIGESTS.find(([id]) => oid(id).equals(algorithm));
    if (found) return found[1];
  }
  return undefined;
}

/** Signature algorithms (RFC 3279 section 2.2). */
const WEAK_DIGESTS: readonly (readonly [id: string, name: string])[] = [
  ['1.2.840.113549.1.1.5', 'SHA-1'],
  ['1.2.840.10045.4.1', 'SHA-1'],
  ['1.2.840.10040.4.3', 'SHA-1'],
  ['1.2.840.113549.1.1.4', 'MD5'],
  ['1.2.840.113549.1.1.2', 'MD2'],
];
