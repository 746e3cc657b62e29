import { SHORTEST_ANYWHERE, type UseVisitor } from '../uses/visitor.js';
import { hashOf } from './hash.js';

/** A value with the key under which it counts; the key is empty if it counts anywhere. */
export function tokenOf(key: string, value: string): string {
  return `${key}\0${value}`;
}

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
