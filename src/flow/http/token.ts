/** Character classes of a token, such as a method or a field name (RFC 9110 section 5.6.2): 1 for each tchar. */
export const TCHAR = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TCHAR[char.charCodeAt(0)] = 1;
}

export function isToken(text: string): boolean {
  return text.length > 0 && tokenEnd(text, 0) === text.length;
}

/** The end of the token that begins at `start`; `start` itself without a token. */
export function tokenEnd(text: string, start: number): number {
  let at = start;
  while (TCHAR[text.charCodeAt(at)] === 1) at++;
  return at;
}

/** The media type at the start of a text, `type/subtype` (RFC 9110 section 8.3.1), in its original spelling. */
export function leadingMediaType(text: string): string | undefined {
  const slash = tokenEnd(text, 0);
  const end = tokenEnd(text, slash + 1);
  return slash > 0 && text[slash] === '/' && end > slash + 1 ? text.slice(0, end) : undefined;
}
