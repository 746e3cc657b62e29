import { SHORTEST_ANYWHERE, type UseVisitor } from '../uses/visitor.js';
import { hashOf } from './hash.js';

/** A client sends the latest of these, such as a cookie, the field of a form or a version, whatever it sent before. */
export function isRenewed(key: string): boolean {
  return /^(?:cookie:|field:|header:|etag:|version:|token:csrf$|rule:)/.test(key);
}

/** Collects the hashes of the values of a request. It changes nothing. */
export class TokenCollector implements UseVisitor {
  readonly hashes = new Set<number>();

  visit(value: string, keys: readonly string[]): undefined {
    if (value.length >= SHORTEST_ANYWHERE) this.hashes.add(hashOf('', value));
    for (const key of keys) this.hashes.add(hashOf(key, value));
    return undefined;
  }

  changed(): void {}
}
