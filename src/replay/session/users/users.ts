import type { HttpFlow } from '../../../flow/flow.js';
import { fromWire } from '../../../flow/text/wire-text.js';
import { hashOf } from '../tokens/hash.js';
import { SHORTEST_ANYWHERE } from '../uses/visitor.js';

/** Most credentials that are remembered; beyond it, all are forgotten. */
const MOST = 1_000_000;
const TOKEN_FIELD = /(?:^|-)(?:token|session|auth|key)(?:-|$)/;

/**
 * Which credentials belong to the same user: those that were sent together, and those that a response handed out to a request with
 * others. It holds hashes.
 */
export class Users {
  private readonly parents = new Map<number, number>();

  /** Remembers the credentials of a request. @returns the user, if it has any */
  of({ request: { headers, cookies } }: HttpFlow): number | undefined {
    let user: number | undefined;
    for (const hash of credentialsOf(headers, cookies)) user = this.join(user, hash);
    return user;
  }

  /** Whether requests use a value as a credential. */
  has(hash: number): boolean {
    return this.parents.has(hash);
  }

  /** A response handed out a credential. @param user who got it, if known @returns the user */
  join(user: number | undefined, hash: number): number {
    if (this.parents.size > MOST) this.parents.clear();
    const other = this.find(hash);
    if (user === undefined) return other;
    const mine = this.find(user);
    if (mine !== other) this.parents.set(other, mine);
    return mine;
  }

  private find(hash: number): number {
    let root = hash;
    for (let parent = this.parents.get(root); parent !== root; parent = this.parents.get(root)) {
      if (parent === undefined) this.parents.set(root, root);
      else root = parent;
    }
    // Later searches are short.
    for (let at = hash; at !== root; ) {
      const next = this.parents.get(at)!;
      this.parents.set(at, root);
      at = next;
    }
    return root;
  }
}

/** Hashes of the credentials of a request, as of the tokens that hand them out. */
function* credentialsOf(
  headers: HttpFlow['request']['headers'],
  cookies: Iterable<readonly [string, string]>,
): Generator<number> {
  for (const [name, value] of headers) {
    const field = name.toLowerCase();
    if (
      field === 'cookie' ||
      value.length < SHORTEST_ANYWHERE ||
      !TOKEN_FIELD.test(field.replace('authorization', 'auth'))
    ) {
      continue;
    }
    if (!/csrf|xsrf/.test(field)) yield hashOf('', fromWire(value.slice(value.lastIndexOf(' ') + 1)));
  }
  // Short values are settings, such as a theme, that users have in common.
  for (const [name, value] of cookies) if (value.length >= SHORTEST_ANYWHERE) yield hashOf(`cookie:${name}`, value);
}
