import { createHash, timingSafeEqual } from 'node:crypto';
import { Bcrypt } from './bcrypt.js';
import { Htpasswd } from './htpasswd.js';
import { ProxyAuthError } from './proxyauth-error.js';

/** Who is let in. */
export interface Verifier {
  check(username: string, password: string): boolean | Promise<boolean>;
  close?(): Promise<void>;
}

/**
 * Reads the option `proxyauth`: `USER:PASSWORD`, `any`, or `@FILE` for an htpasswd file.
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

/** Of one length for whatever text, as a comparison in constant time needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
