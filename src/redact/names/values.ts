import { isPlaceholder } from '../placeholder.js';

/** Values that say nothing, or that a name has for another reason, such as the options of `fetch`. */
const TRIVIAL = new Set(['', 'true', 'false', 'null', 'undefined', 'include', 'omit', 'same-origin']);

/** Whether a value cannot be a secret, or was redacted before. */
export function isTrivial(value: string): boolean {
  return value.length < 12 && !value.startsWith('[')
    ? TRIVIAL.has(value) || /^[*•]+$/.test(value)
    : isPlaceholder(value) || /^(?:\*|\xe2\x80\xa2)+$/.test(value);
}

const SHORTEST = 16;

/**
 * Whether a value looks like a credential and not like a word, an identifier, a path or a date.
 * @param shortest length in characters
 */
export function isOpaque(value: string, shortest = SHORTEST): boolean {
  if (value.length < shortest || !/^[\w\-+/=.~:%|$@!*]+$/.test(value)) return false;
  if (!/\d/.test(value) || !/[a-z]/i.test(value)) return false;
  if (value.includes('://') || (value.includes('/') && value.includes('.'))) return false;
  return !/^\d{4}-\d\d-\d\d/.test(value);
}
