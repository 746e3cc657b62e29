import { isDigit, type Source } from './source.js';

/** Python's limit is its memory; no count in a filter comes near this. */
const MAX_COUNT = 100_000;

/** Reads a quantifier, if there is one. A brace that does not begin one is an ordinary character. */
export function readCount(source: Source): { min: number; max: number } | undefined {
  if (source.take('?')) return { min: 0, max: 1 };
  if (source.take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
  if (source.take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
  const start = source.at;
  if (!source.take('{')) return undefined;
  const low = source.takeWhile(isDigit);
  const comma = source.take(',');
  const high = comma ? source.takeWhile(isDigit) : low;
  if (!source.take('}') || (low === '' && !comma)) {
    source.at = start;
    return undefined;
  }
  const min = Number(low);
  const max = high === '' ? Number.POSITIVE_INFINITY : Number(high);
  if (max < min) throw source.error('the least is more than the most', start);
  if (min > MAX_COUNT || (max > MAX_COUNT && high !== '')) throw source.error(`more than ${MAX_COUNT} times`, start);
  return { min, max };
}

/** Reads what may stand behind a quantifier. */
export function readHow(source: Source): 'greedy' | 'lazy' | 'possessive' {
  if (source.take('?')) return 'lazy';
  return source.take('+') ? 'possessive' : 'greedy';
}
