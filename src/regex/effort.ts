import type { Regex } from './syntax.js';
import { canBeEmpty } from './width.js';

/** What a backtracking engine may have to go through. `n` is the length of the input. */
interface Effort {
  /** At most `ways · n^loops` ways to match from one place. */
  ways: number;
  loops: number;
  /** Trying one way takes `work · n^inner` steps for what looks ahead or behind in it, besides its length. */
  work: number;
  inner: number;
  /** The most characters that one way takes, but for loops. */
  length: number;
}

/** Of this order are the steps that one search may take: over within some tens of milliseconds. */
const MAX_STEPS = 10_000_000;
/** Without loops, the most steps at one place that are still quicker than another engine, and the longest text. */
const MAX_STEPS_AT_ONE_PLACE = 100;
const MAX_LENGTH = 2000;

/**
 * The longest input that a backtracking engine is sure to search quickly: any length if its time is linear anyway,
 * none (below 0) if the ways can grow exponentially.
 */
export function quickLength(regex: Regex): number {
  const { ways, loops, work, inner, length } = measure(regex);
  const factor = ways * work;
  if (loops + inner === 0)
    return factor <= MAX_STEPS_AT_ONE_PLACE && length <= MAX_LENGTH ? Number.POSITIVE_INFINITY : -1;
  const degree = loops + inner + (isAnchored(regex) ? 0 : 1);
  return Math.floor((MAX_STEPS / factor) ** (1 / degree)) - 1;
}

function isAnchored(regex: Regex): boolean {
  const first = regex.type === 'sequence' ? regex.items[0] : regex;
  return first?.type === 'assertion' && first.assertion === 'start';
}

function measure(regex: Regex): Effort {
  switch (regex.type) {
    case 'set':
      return { ways: 1, loops: 0, work: 1, inner: 0, length: 1 };
    case 'assertion':
      return { ways: 1, loops: 0, work: 1, inner: 0, length: 0 };
    case 'group':
      return measure(regex.item);
    case 'look': {
      const { ways, loops, work, inner } = measure(regex.item);
      return { ways: 1, loops: 0, work: 1 + ways * work, inner: loops + inner, length: 0 };
    }
    case 'sequence':
      return regex.items.map(measure).reduce(inSequence, { ways: 1, loops: 0, work: 1, inner: 0, length: 0 });
    case 'alternatives':
      return regex.items.map(measure).reduce((a, b) => ({
        ways: a.ways + b.ways,
        loops: Math.max(a.loops, b.loops),
        work: a.work + b.work - 1,
        inner: Math.max(a.inner, b.inner),
        length: Math.max(a.length, b.length),
      }));
    case 'repeat':
      return repeated(regex, measure(regex.item));
    default:
      return HOPELESS;
  }
}

const HOPELESS: Effort = { ways: Number.POSITIVE_INFINITY, loops: 0, work: 1, inner: 0, length: 0 };

function inSequence(a: Effort, b: Effort): Effort {
  return {
    ways: a.ways * b.ways,
    loops: a.loops + b.loops,
    work: a.work + b.work - 1,
    inner: Math.max(a.inner, b.inner),
    length: a.length + b.length,
  };
}

function repeated({ item, min, max }: Regex & { type: 'repeat' }, effort: Effort): Effort {
  const { ways, loops, work, inner, length } = effort;
  const unambiguous = ways === 1 && loops === 0 && !canBeEmpty(item);
  if (max === Number.POSITIVE_INFINITY) {
    // Each round takes its characters in one way only, so the ways are the places where the loop can end.
    return unambiguous ? { ways: 1, loops: 1, work, inner, length: length * min } : HOPELESS;
  }
  const total = unambiguous ? max - min + 1 : (ways + 1) ** max;
  return { ways: total, loops: loops * max, work: 1 + (work - 1) * max, inner, length: length * max };
}
