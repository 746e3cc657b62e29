import type { Headers } from '../../../flow/http/headers.js';

const FIELDS = ['authorization', 'proxy-authorization', 'cookie'];

/** Whether a request contains credentials. */
export function hasCredentials(headers: Headers): boolean {
  for (const name of FIELDS) if (headers.has(name)) return true;
  return false;
}

/** Removes the credentials of a request. */
export function dropCredentials(headers: Headers): void {
  for (const name of FIELDS) headers.delete(name);
}

/**
 * Whether a request authenticates its connection, as with Negotiate and NTLM. Such a connection must not be used for other
 * clients (RFC 4559).
 */
export function authenticatesConnection(headers: Headers): boolean {
  const value = headers.get('authorization');
  return value !== undefined && /^(?:ntlm|negotiate)\b/i.test(value.trimStart());
}
