/** An invalid TLS option; the message names it. */
export class TlsOptionError extends Error {
  override name = 'TlsOptionError';
}
