/** `proxyauth` cannot be used as it was given. The message never holds a password. */
export class ProxyAuthError extends Error {
  override name = 'ProxyAuthError';
}
