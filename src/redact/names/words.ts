/**
 * Splits an identifier into words in lower case: `X-Api-Key`, `apiKey`, `APIKey` and `API_KEY2` all have the words `api` and
 * `key`. Digits at the end of a word are dropped.
 */
export function wordsOf(name: string): string[] {
  const words: string[] = [];
  let start = 0;
  for (let at = 0; at <= name.length; at++) {
    if (at < name.length && !beginsWord(name, at, start)) continue;
    add(words, name.slice(start, at));
    start = at;
  }
  return words;
}

function beginsWord(name: string, at: number, start: number): boolean {
  const here = kindOf(name.charCodeAt(at));
  if (here === OTHER) return true;
  if (at === start) return false;
  const before = kindOf(name.charCodeAt(at - 1));
  if (before === OTHER) return true;
  if (here !== UPPER) return false;
  const next = name.charCodeAt(at + 1);
  return before === LOWER || (kindOf(next) === LOWER && !isDigit(next));
}

function add(words: string[], piece: string): void {
  let start = 0;
  let end = piece.length;
  while (start < end && kindOf(piece.charCodeAt(start)) === OTHER) start++;
  while (end > start && isDigit(piece.charCodeAt(end - 1))) end--;
  if (end > start) words.push(piece.slice(start, end).toLowerCase());
}

const OTHER = 0;
const LOWER = 1;
const UPPER = 2;

/** Digits are part of a word, like lower-case letters. */
function kindOf(code: number): number {
  if ((code >= 97 && code <= 122) || isDigit(code)) return LOWER;
  return code >= 65 && code <= 90 ? UPPER : OTHER;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
