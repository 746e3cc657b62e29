import { hashOf } from '../../../flow/text/hash.js';
import { SHORTEST_ANYWHERE, type ValueVisitor } from '../rewrite/visitor.js';

/** Collects the hashes of the values of a request. It replaces nothing. */
export class HashCollector implements ValueVisitor {
  readonly hashes = new Set<number>();

  visit(value: string, keys: readonly string[]): undefined {
    if (value.length >= SHORTEST_ANYWHERE) this.hashes.add(hashOf('', value));
    for (const key of keys) this.hashes.add(hashOf(key, value));
    return undefined;
  }

  changed(): void {}
}
