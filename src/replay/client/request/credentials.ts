import type { Headers } from '../../../flow/http/headers.js';

const FIELDS = ['authorization', 'proxy-authorization', 'cookie'];

/** Whether a request has credentials of the recorded one. HTTP/2 divides `Cookie` into several fields. */
export function hasRecordedCredentials(headers: Headers, recorded: Headers): boolean {
  const value = (of: Headers, name: string): string => of.getAll(name).join('; ');
  return FIELDS.some((name) => headers.has(name) && value(headers, name) === value(recorded, name));
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
