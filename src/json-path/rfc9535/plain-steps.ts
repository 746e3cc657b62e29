import type * as Library from 'json-p3';
import type { PlainStep } from '../path.js';
import { isDescendant, type Selector } from './compiler.js';

/** The steps of a query; undefined if a selector depends on more than the location of a value. */
export function plainSteps(query: Library.JSONPathQuery, library: typeof Library): PlainStep[] | undefined {
  const steps: PlainStep[] = [];
  for (const segment of query.segments) {
    const [selector, ...others] = segment.selectors;
    const step = selector && keyOf(selector, library);
    if (!step || others.length > 0) return undefined;
    steps.push({ ...step, isDescendant: isDescendant(segment) });
  }
  return steps;
}

function keyOf(selector: Selector, { jsonpath: { selectors } }: typeof Library): Pick<PlainStep, 'key'> | undefined {
  if (selector instanceof selectors.NameSelector) return { key: selector.name };
  if (selector instanceof selectors.WildcardSelector) return { key: undefined };
  // A negative index counts from the end.
  if (selector instanceof selectors.IndexSelector && selector.index >= 0) return { key: selector.index };
  return undefined;
}
