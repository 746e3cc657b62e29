import type { Headers } from '../../../flow/http/headers.js';

const FIELDS = ['authorization', 'proxy-authorization', 'cookie'];

/** Whether a request has credentials of its client. */
export function hasCredentials(headers: Headers): boolean {
  for (const name of FIELDS) if (headers.has(name)) return true;
  return false;
}

/** Removes the credentials of a request. */
export function dropCredentials(headers: Headers): void {
  for (const name of FIELDS) headers.delete(name);
}

/** Whether the request authenticates its connection, which no other client may use from then on (RFC 4559, NTLM). */
export function authenticatesConnection(headers: Headers): boolean {
  const value = headers.get('authorization');
  return value !== undefined && /^(?:ntlm|negotiate)\b/i.test(value.trimStart());
}
