import { commonEnds } from '../common-ends.js';

/** The index in either array; undefined if an element has no partner. */
export type ElementPair = readonly [first: number | undefined, second: number | undefined];

/**
 * Pairs the elements of two arrays of different length: equal ones at both ends, the others by index, so that an element that
 * was inserted or removed is named.
 * @param was a text for each element, the same for equal ones
 */
export function pairInOrder(was: readonly string[], now: readonly string[]): ElementPair[] {
  const { start, tail } = commonEnds(was, now);
  const [wasEnd, nowEnd] = [was.length - tail, now.length - tail];
  const pairs: ElementPair[] = [];
  for (let at = start; at < Math.max(wasEnd, nowEnd); at++) {
    pairs.push([at < wasEnd ? at : undefined, at < nowEnd ? at : undefined]);
  }
  return pairs;
}

/** Pairs equal elements wherever they are. @returns pairs of the others, in their order */
export function pairInAnyOrder(was: readonly string[], now: readonly string[]): ElementPair[] {
  const places = new Map<string, number[]>();
  for (let at = now.length - 1; at >= 0; at--) {
    const known = places.get(now[at]!);
    if (known) known.push(at);
    else places.set(now[at]!, [at]);
  }
  const unmatched = was.flatMap((text, at) => (places.get(text)?.pop() === undefined ? [at] : []));
  const left = [...places.values()].flat().sort((one, other) => one - other);
  return Array.from({ length: Math.max(unmatched.length, left.length) }, (_, at) => [unmatched[at], left[at]] as const);
}
