import { type ClientHello, TLS1_3 } from './client-hello.js';

/**
 * Whether a P-256 certificate can be agreed on with a client. In TLS 1.3, this requires its signature algorithm (RFC 8446 section 4.2.3); in
 * older versions a cipher suite, the curve and a signature algorithm (RFC 8422 section 5.1). A client that omits its signature
 * algorithms gets RSA, which all clients of that age support.
 * @param maxVersion the highest version that we negotiate, if the client offers it
 * @param enabled the cipher suites that we negotiate; all if undefined
 */
export function offersEcdsa(hello: ClientHello, maxVersion = TLS1_3, enabled?: ReadonlySet<number>): boolean {
  const { signatureAlgorithms, supportedVersions, cipherSuites, groups } = hello;
  if (maxVersion >= TLS1_3 && supportedVersions.includes(TLS1_3)) {
    return signatureAlgorithms.includes(ECDSA_SECP256R1_SHA256);
  }
  return (
    cipherSuites.some((suite) => ECDHE_ECDSA.has(suite) && (enabled === undefined || enabled.has(suite))) &&
    (groups.length === 0 || groups.includes(SECP256R1)) &&
    signatureAlgorithms.some((algorithm) => ECDSA_TLS1_2.has(algorithm))
  );
}

const SECP256R1 = 23;
const ECDSA_SECP256R1_SHA256 = 0x0403;
/** ECDSA with SHA-256, SHA-384 and SHA-512; before TLS 1.3 they do not imply the curve. */
const ECDSA_TLS1_2 = new Set([ECDSA_SECP256R1_SHA256, 0x0503, 0x0603]);

/** Suites with ephemeral keys, a modern cipher and an ECDSA server certificate. */
const ECDHE_ECDSA = new Set([
  0xc009, // TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
  0xc00a, // TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA
  0xc023, // TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256
  0xc024, // TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384
  0xc02b, // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
  0xc02c, // TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
  0xcca9, // TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
]);
