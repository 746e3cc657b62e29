import { isPlaceholder } from '../placeholder.js';

/** Values that say nothing, or that a name has for another reason, such as the options of `fetch`. */
const TRIVIAL = new Set(['', 'true', 'false', 'null', 'undefined', 'include', 'omit', 'same-origin']);

/** Whether a value cannot be a secret, or was redacted before. */
export function isTrivial(value: string): boolean {
  if (value.length < 12 && TRIVIAL.has(value)) return true;
  const first = value.charCodeAt(0);
  // Most values begin with a letter or a digit, and need no further look.
  if (first >= 48 && first !== 60 && first < 91) return false;
  return isPlaceholder(value) || /^(?:\*|\xe2\x80\xa2|\u2022)+$/.test(value) || VARIABLE.test(value);
}

/** What a template stands for: `${TOKEN}`, `${{ secrets.TOKEN }}`, `{{token}}`, `<token>`. */
const VARIABLE = /^(?:\$\{\{?[\w .-]{0,64}\}\}?|\{\{[\w .-]{0,64}\}\}|<[\w-]{1,32}>)$/;

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

/** Whether a text is a variable of a program: `crypto_1.createHash`. */
export function isVariable(text: string): boolean {
  return /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(text);
}
