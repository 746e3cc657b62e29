import { parseCookieDate } from '../../../flow/message/cookie-date.js';
import { splitAttribute, splitPair } from '../../../flow/message/cookie-text.js';

/** The parts of a `Set-Cookie` line that determine which requests get the cookie. */
export interface ParsedCookie {
  readonly name: string;
  readonly value: string;
  /** In lower case, without a leading dot; undefined for a cookie of a single host. */
  readonly domain: string | undefined;
  /** Undefined uses the default path, from the path of the request. */
  readonly path: string | undefined;
  /** Seconds. */
  readonly maxAge: number | undefined;
  /** Milliseconds since the epoch. */
  readonly expires: number | undefined;
  readonly secure: boolean;
}

/** Maximum size of name and value in bytes (RFC 6265bis section 5.6). */
const LONGEST = 4096;

/** Parses a line (RFC 6265 section 5.2). @returns undefined if it must be ignored */
export function parseSetCookie(line: string): ParsedCookie | undefined {
  const [first, ...rest] = line.split(';') as [string, ...string[]];
  const { name, value } = splitPair(first);
  if ((name === '' && value === '') || name.length + value.length > LONGEST) return undefined;
  let domain: string | undefined;
  let path: string | undefined;
  let maxAge: number | undefined;
  let expires: number | undefined;
  let secure = false;
  // The last of several attributes with one name wins.
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
