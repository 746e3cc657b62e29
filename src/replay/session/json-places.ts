import { shortPath } from '../../json-path/location.js';
import type { JsonLevel } from './json-scan.js';
import { isRelation } from './names.js';
import { subjectOf } from './paths.js';

/** Members that only wrap a value and do not describe it. */
const WRAPPERS = new Set(
  (
    'data result results response payload body attributes content object objects record records node nodes edges list rows ' +
    'items entries hits docs documents values variables input params args embedded _embedded _source'
  ).split(' '),
);

/** The name of the nearest member that contains a value: `ids` for `{"ids": [1]}`. */
export function jsonName(levels: readonly JsonLevel[]): string | undefined {
  for (let at = levels.length - 1; at > 0; at--) if (levels[at]!.name !== undefined) return levels[at]!.name;
  return undefined;
}

/**
 * The context of a value: the names of the outer members, up to the first that is not a wrapper; without such a member, also
 * the subject of the path.
 */
export function jsonContext(levels: readonly JsonLevel[], path: string): readonly string[] {
  const found: string[] = [];
  let isAbove = false;
  for (let at = levels.length - 1; at > 0; at--) {
    const { name } = levels[at]!;
    if (name === undefined) continue;
    if (isAbove) {
      found.push(name);
      if (!WRAPPERS.has(name) && !isRelation(name)) return found;
    }
    isAbove = true;
  }
  const subject = subjectOf(path);
  return subject === undefined ? found : [...found, subject];
}

/** The path of a value: `$.items[0].id`. */
export function jsonPath(levels: readonly JsonLevel[]): string {
  const path = shortPath(levels.slice(1).map(({ name, index }) => name ?? index));
  const text = levels[0]!.index;
  return text === 0 ? path : `${path} of text ${text + 1}`;
}
