import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from '../../flow/bounded-map.js';
import type { Addon, AuthenticationData } from '../../flow/hooks/hooks.js';
import { Bcrypt } from './bcrypt.js';
import { GuessLimit } from './guess-limit.js';
import { Htpasswd } from './htpasswd.js';
import { ProxyAuthError } from './proxyauth-error.js';

/** Maximum number of correct credentials to remember; the least recently used are dropped first. */
const CAPACITY = 1000;

/**
 * Accepts only clients with correct credentials. Correct credentials are remembered as an HMAC under a random key, so that the
 * hashes of an htpasswd file, which are slow by design, are computed once per user.
 */
export class ProxyAuth implements Addon {
  readonly name = 'proxyauth';
  private readonly key = randomBytes(32);
  private readonly right = new BoundedMap<string, true>(CAPACITY);
  /** Clients that send the same credentials at the same time share one check. */
  private readonly pending = new Map<string, Promise<boolean>>();

  constructor(
    private readonly verifier: Verifier,
    private readonly guesses = new GuessLimit(),
  ) {}

  authenticate(data: AuthenticationData): undefined | Promise<void> {
    const { username, password } = data.credentials;
    const id = createHmac('sha256', this.key)
      .update(JSON.stringify([username, password]))
      .digest('base64');
    if (this.right.use(id)) {
      data.accepted = true;
      return undefined;
    }
    return this.check(id, data);
  }

  async done(): Promise<void> {
    await this.verifier.close?.();
  }

  private async check(id: string, data: AuthenticationData): Promise<void> {
    const { username, password } = data.credentials;
    let pending = this.pending.get(id);
    if (!pending) {
      const check = () => this.verifier.check(username, password);
      pending = this.guesses.attempt(data.client.peer?.[0] ?? '', check).finally(() => this.pending.delete(id));
      this.pending.set(id, pending);
    }
    data.accepted = await pending;
    if (data.accepted) this.right.set(id, true);
  }
}

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
