import { percentDecode, percentEncode } from '../../../flow/text/percent.js';
import { LONGEST_VALUE, NO_KEYS, SHORTEST_ANYWHERE, type ValueVisitor } from './visitor.js';

/**
 * The characters of a token, from the widest alphabet to the narrowest. A token of a narrow alphabet may be surrounded by
 * characters of a wider one, as in `key=abc.def`.
 */
const ALPHABETS = [/[\w.~+/=%:-]{8,}/g, /[\w.~+/=%-]{8,}/g, /[\w.~%-]{8,}/g, /[\w~-]{8,}/g, /[a-zA-Z0-9]{8,}/g];

/**
 * Replaces words of a text that are long enough to be matched in any place.
 * @param isWhole whether the text as a whole has already been visited
 */
export function rewriteWords(text: string, visitor: ValueVisitor, isWhole: boolean, level = 0): string {
  const alphabet = ALPHABETS[level];
  if (!alphabet || text.length < SHORTEST_ANYWHERE) return text;
  return text.replace(alphabet, (word) => {
    const isVisited = isWhole && word.length === text.length;
    const changed = isVisited || word.length > LONGEST_VALUE ? undefined : rewriteWord(word, visitor);
    return changed ?? rewriteWords(word, visitor, true, level + 1);
  });
}

function rewriteWord(word: string, visitor: ValueVisitor): string | undefined {
  const whole = visitor.visit(word, NO_KEYS);
  if (whole !== undefined || !word.includes('%')) return whole;
  const decoded = percentDecode(word);
  if (decoded === word || decoded.length < SHORTEST_ANYWHERE) return undefined;
  const changed = visitor.visit(decoded, NO_KEYS);
  return changed === undefined ? undefined : percentEncode(changed);
}
