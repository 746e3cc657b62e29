import { percentEncode } from '../../../flow/text/percent.js';

/** Characters that may stand in a path or a query as they are (RFC 3986 section 3.3), apart from those always left alone. */
const KEPT = new Set(':@$,;=/?+&[]|{}^`\\"<>!\'()*'.split(''));

/**
 * Percent-encodes a value in the style of the one that it replaces: a reserved character that was literal there stays literal.
 * @param raw the text to replace
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
