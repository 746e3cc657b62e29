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
    /UNSAFE_LEGACY_RENEGOTIATION|unsafe legacy renegotiation/,
    'it does not know secure renegotiation (RFC 5746), which ssl_legacy_server_connect does without',
  ],
  [
    /WRONG_SIGNATURE_TYPE|wrong signature type|LEGACY_SIGALG|legacy sigalg/,
    'it signs the handshake with SHA-1 or another algorithm that is too weak, which ciphers_server=DEFAULT:@SECLEVEL=0 accepts',
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
