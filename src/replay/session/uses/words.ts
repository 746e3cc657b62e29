import { percentDecode, percentEncode } from '../../../flow/text/percent.js';
import { LONGEST_VALUE, NO_KEYS, SHORTEST_ANYWHERE, type UseVisitor } from './visitor.js';

/**
 * Runs of characters that a token may consist of, from the widest alphabet to the narrowest: a token of a narrow one may
 * stand between characters of a wider one, as in `key=abc.def`.
 */
const ALPHABETS = [/[\w.~+/=%:-]{8,}/g, /[\w.~+/=%-]{8,}/g, /[\w.~%-]{8,}/g, /[\w~-]{8,}/g, /[a-zA-Z0-9]{8,}/g];

/**
 * Replaces words of a text that are long enough to be recognised anywhere.
 * @param isWhole whether the text as a whole has been visited
 */
export function rewriteWords(text: string, visitor: UseVisitor, isWhole: boolean, level = 0): string {
  const alphabet = ALPHABETS[level];
  if (!alphabet || text.length < SHORTEST_ANYWHERE) return text;
  return text.replace(alphabet, (word) => {
    const isVisited = isWhole && word.length === text.length;
    const changed = isVisited || word.length > LONGEST_VALUE ? undefined : rewriteWord(word, visitor);
    return changed ?? rewriteWords(word, visitor, true, level + 1);
  });
}

function rewriteWord(word: string, visitor: UseVisitor): string | undefined {
  const whole = visitor.visit(word, NO_KEYS);
  if (whole !== undefined || !word.includes('%')) return whole;
  const decoded = percentDecode(word);
  if (decoded === word || decoded.length < SHORTEST_ANYWHERE) return undefined;
  const changed = visitor.visit(decoded, NO_KEYS);
  return changed === undefined ? undefined : percentEncode(changed);
}
