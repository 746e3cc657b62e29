import { isPlaceholder } from '../placeholder.js';

/** Values that are not secrets, such as the options of `fetch` for `credentials`. */
const TRIVIAL = new Set(
  'true false null undefined None nil string include omit same-origin read write enabled disabled not_set'.split(' '),
);

/** Whether a value cannot be a secret, or is already redacted. */
export function isTrivial(value: string): boolean {
  if (value === '' || (value.length < 12 && TRIVIAL.has(value))) return true;
  const first = value.charCodeAt(0);
  // Most values begin with a letter or a digit and need no further check.
  if (first >= 48 && first !== 60 && first < 91) return false;
  return isPlaceholder(value) || /^(?:\*|\xe2\x80\xa2|\u2022)+$/.test(value) || VARIABLE.test(value);
}

/** Template variables, `${TOKEN}`, `${{ secrets.TOKEN }}`, `{{token}}`, `<token>`, and names of resources of AWS. */
const VARIABLE = /^(?:\$\{\{?[\w .-]{0,64}\}\}?|\{\{[\w .-]{0,64}\}\}|<[\w-]{1,32}>|arn:aws[\w-]{0,16}:.{1,512})$/;

const SHORTEST = 16;

/**
 * Whether a value looks like a credential rather than a word, an identifier, a path or a date.
 * @param shortest minimum length in characters
 */
export function isOpaque(value: string, shortest = SHORTEST): boolean {
  if (value.length < shortest || !/^[\w\-+/=.~:%|$@!*]+$/.test(value)) return false;
  if (!/\d/.test(value) || !/[a-z]/i.test(value)) return false;
  if (value.includes('://') || (value.includes('/') && value.includes('.'))) return false;
  return !/^\d{4}-\d\d-\d\d/.test(value) && !WORDS.test(value);
}

/** Words that are joined by hyphens, underscores or dots: `base64-encoded-key`. */
const WORDS = /^[a-z]{2,20}\d{0,3}(?:[-_.](?:[a-z]{1,20}\d{0,3}|\d{1,3}))+$/i;

/** Whether a text is a variable or property of a program: `crypto_1.createHash`. */
export function isVariable(text: string): boolean {
  return /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(text);
}

/** Whether a text begins with a call or an access by index in a program: `self.read(`, `options[`. */
export function isExpression(text: string): boolean {
  return /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*[([]/.test(text);
}
