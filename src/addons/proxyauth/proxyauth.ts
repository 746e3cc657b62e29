import { createHmac, randomBytes } from 'node:crypto';
import { BoundedMap } from '../../flow/bounded-map.js';
import type { Addon, AuthenticationData } from '../../flow/hooks.js';
import { GuessLimit } from './guess-limit.js';
import type { Verifier } from './verifier.js';

/** Right credentials that are remembered; those that were not used for longest go first. */
const CAPACITY = 1000;

/**
 * Lets in only clients with the right credentials. What was found right once is recognised by a hash under a key that
 * nobody knows, so that the hashes of an htpasswd file, which are slow by intention, are computed once for each user.
 */
export class ProxyAuth implements Addon {
  readonly name = 'proxyauth';
  private readonly key = randomBytes(32);
  private readonly right = new BoundedMap<string, true>(CAPACITY);
  /** Clients that come with the same credentials at once share one look at them. */
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
    return this.look(id, data);
  }

  async done(): Promise<void> {
    await this.verifier.close?.();
  }

  private async look(id: string, data: AuthenticationData): Promise<void> {
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
