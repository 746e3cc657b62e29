/** A TLS option that cannot be used; the message names it. */
export class TlsOptionError extends Error {
  override name = 'TlsOptionError';
}
