import { oneLine } from '../../flow/quote.js';
import { socketErrorText } from '../errors.js';

/** Why a handshake failed, in words, with OpenSSL's own where they say more. */
export function handshakeErrorText(error: Error): string {
  const { code, reason } = error as NodeJS.ErrnoException & { reason?: string };
  if (code === 'EPROTO' || code?.startsWith('ERR_SSL_')) {
    const known = SENTENCES.find(([pattern]) => pattern.test(code === 'EPROTO' ? error.message : code));
    return known?.[1] ?? (reason || opensslReason(error.message) || code.toLowerCase());
  }
  return socketErrorText(error);
}

const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [
    /WRONG_VERSION_NUMBER|wrong version number|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|packet length too long/,
    'it does not speak TLS on this port',
  ],
  [
    /UNSUPPORTED_PROTOCOL|unsupported protocol|ALERT_PROTOCOL_VERSION|alert protocol version/,
    'no TLS version in common (see tls_version_server_min and tls_version_client_min)',
  ],
  [
    /NO_SHARED_CIPHER|no shared cipher|ALERT_HANDSHAKE_FAILURE|alert handshake failure/,
    'no agreement on ciphers or parameters, or it asks for a client certificate (handshake failure)',
  ],
  [/NO_APPLICATION_PROTOCOL|no application protocol/, 'no application protocol in common (ALPN)'],
  [/CERTIFICATE_REQUIRED|certificate required/, 'it asks for a client certificate'],
  [/UNRECOGNIZED_NAME|unrecognized name/, 'it does not know the name (SNI)'],
];

/** `…:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:…` → its third part. */
function opensslReason(message: string): string | undefined {
  return /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1];
}

/** The alert with which a client says that it does not accept our certificate (RFC 8446 section 6.2), if it is one. */
export function distrustAlert(error: Error): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  const text = `${code ?? ''} ${error.message}`.toLowerCase().replaceAll('_', ' ');
  return /alert (unknown ca|bad certificate|certificate unknown|certificate expired|unsupported certificate|certificate revoked|access denied)/.exec(
    text,
  )?.[1];
}

/** Why a certificate was not accepted. @param code as Node gives it in `authorizationError` */
export function verificationText(code: Error | string | null, nameError: Error | undefined): string {
  // It lists the names of the certificate.
  if (nameError) return oneLine(nameError.message.replace(/\.$/, ''), 500);
  const text = code instanceof Error ? ((code as NodeJS.ErrnoException).code ?? code.message) : String(code);
  const words = VERIFICATION[text];
  return words ? `${words} (${text})` : text;
}

const VERIFICATION: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the chain ends in a root that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'the issuer of a certificate is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer of the certificate is unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the issuer of the certificate is unknown, or the server sends no chain',
  CERT_REVOKED: 'the certificate was revoked',
  INVALID_PURPOSE: 'the certificate is not for TLS servers',
  EE_KEY_TOO_SMALL: 'the key of the certificate is too small',
  CA_KEY_TOO_SMALL: 'the key of its issuer is too small',
  CA_MD_TOO_WEAK: 'the certificate is signed with a weak digest',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for other names',
};
