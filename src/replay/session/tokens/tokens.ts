import { SHORTEST_ANYWHERE, type UseVisitor } from '../uses/visitor.js';
import { hashOf } from './hash.js';

/**
 * Whether values with this key are renewed: a client sends the latest one, such as a cookie, a form field or a version, even if
 * it has sent the same value before.
 */
export function isRenewed(key: string): boolean {
  return /^(?:cookie:|field:|header:|etag:|version:|token:csrf$|rule:)/.test(key);
}

/** Collects the hashes of the values of a request. It replaces nothing. */
export class TokenCollector implements UseVisitor {
  readonly hashes = new Set<number>();

  visit(value: string, keys: readonly string[]): undefined {
    if (value.length >= SHORTEST_ANYWHERE) this.hashes.add(hashOf('', value));
    for (const key of keys) this.hashes.add(hashOf(key, value));
    return undefined;
  }

  changed(): void {}
}
