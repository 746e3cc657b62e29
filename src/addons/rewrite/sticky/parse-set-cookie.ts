import { parseCookieDate } from '../../../flow/message/cookie-date.js';
import { splitAttribute, splitPair } from '../../../flow/message/cookie-text.js';

/** What a `Set-Cookie` line says, as far as it matters for who gets the cookie. */
export interface ParsedCookie {
  readonly name: string;
  readonly value: string;
  /** In lower case, without a dot in front; undefined if it is for its host alone. */
  readonly domain: string | undefined;
  /** Undefined if it follows from the path of the request. */
  readonly path: string | undefined;
  /** Seconds. */
  readonly maxAge: number | undefined;
  /** Milliseconds since the epoch. */
  readonly expires: number | undefined;
  readonly secure: boolean;
}

/** Bytes of name and value, as in RFC 6265bis section 5.6. */
const LONGEST = 4096;

/** Takes a line apart (RFC 6265 section 5.2). @returns undefined if it is to be ignored */
export function parseSetCookie(line: string): ParsedCookie | undefined {
  const [first, ...rest] = line.split(';') as [string, ...string[]];
  const { name, value } = splitPair(first);
  if ((name === '' && value === '') || name.length + value.length > LONGEST) return undefined;
  let domain: string | undefined;
  let path: string | undefined;
  let maxAge: number | undefined;
  let expires: number | undefined;
  let secure = false;
  // Of several attributes with one name the last counts.
  for (const part of rest) {
    const { name: attribute, value: text } = splitAttribute(part);
    switch (attribute.toLowerCase()) {
      case 'domain':
        domain = text.replace(/^\./, '').toLowerCase() || undefined;
        break;
      case 'path':
        path = text.startsWith('/') ? text : undefined;
        break;
      case 'max-age':
        if (/^-?\d+$/.test(text)) maxAge = Number(text);
        break;
      case 'expires':
        expires = parseCookieDate(text) ?? expires;
        break;
      case 'secure':
        secure = true;
    }
  }
  return { name, value, domain, path, maxAge, expires, secure };
}
