import { percentEncode } from '../../../flow/text/percent.js';

/**
 * Characters that are allowed in a path or query without encoding (RFC 3986 section 3.3), except those that are never encoded.
 */
const KEPT = new Set(':@$,;=/?+&[]|{}^`\\"<>!\'()*'.split(''));

/**
 * Percent-encodes a value like the one that it replaces: reserved characters that were not encoded there are not encoded.
 * @param raw the replaced text
 * @param isForm whether `+` is a space
 * @param separators characters that would end the value
 */
export function encodeLike(raw: string, value: string, isForm: boolean, separators: string): string {
  let encoded = percentEncode(value).replace(/[!'()*]/g, (char) => (raw.includes(char) ? char : escapeOf(char)));
  for (const char of new Set(raw)) {
    if (!KEPT.has(char) || separators.includes(char) || (isForm && char === '+')) continue;
    encoded = encoded.replaceAll(escapeOf(char), char);
  }
  return isForm && !raw.includes('%20') ? encoded.replaceAll('%20', '+') : encoded;
}

function escapeOf(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
