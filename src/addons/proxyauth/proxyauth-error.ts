/** Invalid value of `proxyauth`. The message never includes a password. */
export class ProxyAuthError extends Error {
  override name = 'ProxyAuthError';
}
