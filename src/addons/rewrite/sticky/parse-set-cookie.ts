import { trimOws } from '../../../flow/text/white-space.js';

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
  const [name, value] = pairOf(first, true);
  if ((name === '' && value === '') || name.length + value.length > LONGEST) return undefined;
  let domain: string | undefined;
  let path: string | undefined;
  let maxAge: number | undefined;
  let expires: number | undefined;
  let secure = false;
  // Of several attributes with one name the last counts.
  for (const part of rest) {
    const [attribute, text] = pairOf(part, false);
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
        expires = dateOf(text) ?? expires;
        break;
      case 'secure':
        secure = true;
    }
  }
  return { name, value, domain, path, maxAge, expires, secure };
}

/** @param lone whether what has no equals sign is the value, as of a cookie; else it is the name */
function pairOf(part: string, lone: boolean): [name: string, value: string] {
  const equals = part.indexOf('=');
  if (equals >= 0) return [trimOws(part, 0, equals), trimOws(part, equals + 1, part.length)];
  const text = trimOws(part, 0, part.length);
  return lone ? ['', text] : [text, ''];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A date in one of the many ways in which servers write them (RFC 6265 section 5.1.1). */
function dateOf(text: string): number | undefined {
  let time: number[] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(/[\t -/;-@[-`{-~]+/)) {
    const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/.exec(token);
    const digits = /^(\d{1,4})(?:\D|$)/.exec(token)?.[1];
    const named = MONTHS.indexOf(token.slice(0, 3).toLowerCase());
    if (clock && !time) time = clock.slice(1).map(Number);
    else if (digits !== undefined && digits.length <= 2 && day === undefined) day = Number(digits);
    else if (named >= 0 && month === undefined) month = named;
    else if (digits !== undefined && (digits.length === 2 || digits.length === 4) && year === undefined)
      year = Number(digits);
  }
  if (!time || day === undefined || month === undefined || year === undefined) return undefined;
  if (year < 100) year += year < 70 ? 2000 : 1900;
  const [hours, minutes, seconds] = time as [number, number, number];
  if (day < 1 || day > 31 || year < 1601 || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return Date.UTC(year, month, day, hours, minutes, seconds);
}
