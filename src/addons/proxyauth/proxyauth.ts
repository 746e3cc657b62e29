import { createHmac, randomBytes } from 'node:crypto';
import { BoundedMap } from '../../flow/bounded-map.js';
import type { Addon, AuthenticationData } from '../../flow/hooks/hooks.js';
import { GuessLimit } from './guess-limit.js';
import type { Verifier } from './verifier.js';

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
