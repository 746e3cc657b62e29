import type { HttpFlow } from '../../../flow/flow.js';
import { hashOf } from '../../../flow/text/hash.js';
import { fromWire } from '../../../flow/text/wire-text.js';
import { SHORTEST_ANYWHERE } from '../rewrite/visitor.js';

/** Maximum number of credentials; when it is exceeded, all are removed. */
const MAX_IDS = 1_000_000;
const TOKEN_FIELD = /(?:^|-)(?:token|session|auth|key)(?:-|$)/;

/**
 * Groups credentials by user: credentials in the same request belong together, and so do the credentials of a request and those
 * in its response. It stores hashes in a disjoint-set forest.
 */
export class Users {
  private readonly parents = new Map<number, number>();

  /** Adds the credentials of a request. @returns the user; undefined without credentials */
  of({ request: { headers, cookies } }: HttpFlow): number | undefined {
    let user: number | undefined;
    for (const hash of credentialsOf(headers, cookies)) user = this.join(user, hash);
    return user;
  }

  /** Whether requests use a value as a credential. */
  has(hash: number): boolean {
    return this.parents.has(hash);
  }

  /** Adds a credential that a response issued. @param user its recipient, if known @returns the user */
  join(user: number | undefined, hash: number): number {
    if (this.parents.size > MAX_IDS) this.parents.clear();
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
    // Path compression: later searches are short.
    for (let at = hash; at !== root; ) {
      const next = this.parents.get(at)!;
      this.parents.set(at, root);
      at = next;
    }
    return root;
  }
}

/** Hashes of the credentials of a request. They equal the hashes of the values that responses issue. */
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
  // Short cookies are often settings, such as a theme, that users share.
  for (const [name, value] of cookies) if (value.length >= SHORTEST_ANYWHERE) yield hashOf(`cookie:${name}`, value);
}
