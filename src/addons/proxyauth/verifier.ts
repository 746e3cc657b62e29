import { createHash, timingSafeEqual } from 'node:crypto';
import { Bcrypt } from './bcrypt.js';
import { Htpasswd } from './htpasswd.js';
import { ProxyAuthError } from './proxyauth-error.js';

/** Checks the credentials of clients. */
export interface Verifier {
  check(username: string, password: string): boolean | Promise<boolean>;
  close?(): Promise<void>;
}

/**
 * Parses the option `proxyauth`: `USER:PASSWORD`, `any`, or `@FILE` for an htpasswd file.
 * @throws ProxyAuthError
 */
export function makeVerifier(spec: string): Verifier {
  if (spec === 'any') return { check: () => true };
  if (spec.startsWith('@')) {
    const bcrypt = new Bcrypt();
    const users = Htpasswd.read(spec.slice(1), bcrypt);
    return { check: (username, password) => users.check(username, password), close: () => bcrypt.close() };
  }
  if (/^ldaps?:/i.test(spec)) {
    throw new ProxyAuthError('LDAP is not supported: use an htpasswd file (@FILE)');
  }
  const colon = spec.indexOf(':');
  if (colon < 0) throw new ProxyAuthError('expected USER:PASSWORD, any, or @FILE for an htpasswd file');
  const wanted = digest(spec);
  return { check: (username, password) => timingSafeEqual(digest(`${username}:${password}`), wanted) };
}

/** A fixed-length digest, because a constant-time comparison needs equal lengths. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
