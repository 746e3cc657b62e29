import { socketErrorText } from '../errors.js';

/** Describes a handshake failure, with OpenSSL's reason if it is more specific. */
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
    'it does not support secure renegotiation (RFC 5746); ssl_legacy_server_connect allows that',
  ],
  [
    /WRONG_SIGNATURE_TYPE|wrong signature type|LEGACY_SIGALG|legacy sigalg/,
    'it signs the handshake with SHA-1 or another algorithm that is too weak, which ciphers_server=DEFAULT:@SECLEVEL=0 allows',
  ],
  [
    /NO_SHARED_CIPHER|no shared cipher|ALERT_HANDSHAKE_FAILURE|alert handshake failure/,
    'no agreement on ciphers or parameters, or it requires a client certificate (handshake failure)',
  ],
  [
    /NO_SUITABLE_(?:KEY_SHARE|GROUPS)|no suitable (?:key share|groups)/,
    `no key exchange group in common (see tls_ecdh_curve_client; X25519MLKEM768 needs OpenSSL 3.5, and this Node.js has ${process.versions.openssl})`,
  ],
  [/NO_APPLICATION_PROTOCOL|no application protocol/, 'no application protocol in common (ALPN)'],
  [/CERTIFICATE_REQUIRED|certificate required/, 'it requires a client certificate'],
  [/UNRECOGNIZED_NAME|unrecognized name/, 'it does not know the name (SNI)'],
];

/** The third part of `…:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:…`. */
function opensslReason(message: string): string | undefined {
  return /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1];
}

/** The name of the alert if the error is a client's rejection of our certificate (RFC 8446 section 6.2). */
export function distrustAlert(error: Error): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  const text = `${code ?? ''} ${error.message}`.toLowerCase().replaceAll('_', ' ');
  return /alert (unknown ca|bad certificate|certificate unknown|certificate expired|unsupported certificate|certificate revoked|access denied)/.exec(
    text,
  )?.[1];
}

/** The value of a TLS option cannot be used; the message begins with the option. */
export class TlsOptionError extends Error {
  override name = 'TlsOptionError';
  constructor(
    readonly option: TlsOption,
    readonly reason: string,
    /** The unusable value of a repeatable option. */
    readonly value?: string,
  ) {
    super(`${option}: ${reason}`);
  }
}

type Side = 'client' | 'server';

/** The options whose values are checked here. */
export type TlsOption =
  | 'add_upstream_certs_to_client_chain'
  | 'certs'
  | 'client_certs'
  | 'ssl_verify_upstream_trusted_ca'
  | 'ssl_verify_upstream_trusted_confdir'
  | `ciphers_${Side}`
  | `tls_ecdh_curve_${Side}`
  | `tls_version_${Side}_${'min' | 'max'}`;
