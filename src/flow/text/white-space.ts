/**
 * Trims optional white space (RFC 9110 section 5.6.3: space and tab) from both ends of a part of a text. `String.trim` removes
 * other characters as well, and a regular expression takes quadratic time for white space inside the text.
 */
export function trimOws(text: string, start = 0, end = text.length): string {
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Trims a value that may be folded (RFC 9112 section 5.2): line ends are white space as well. */
export function trimFolds(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isFold(text.charCodeAt(start))) start++;
  while (end > start && isFold(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isOws(code: number): boolean {
  return code === 32 || code === 9;
}

function isFold(code: number): boolean {
  return isOws(code) || code === 13 || code === 10;
}
