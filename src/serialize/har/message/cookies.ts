import type { Headers } from '../../../flow/http/headers.js';
import { parseCookieDate } from '../../../flow/message/cookie-date.js';
import { parsePair, splitAttribute } from '../../../flow/message/cookie-text.js';
import { RequestCookies } from '../../../flow/message/request-cookies.js';
import { fromWire } from '../../../flow/text/wire-text.js';

export interface HarCookie {
  name: string;
  value: string;
  path?: string;
  domain?: string;
  /** ISO 8601. */
  expires?: string;
  httpOnly?: boolean;
  secure?: boolean;
  sameSite?: string;
}

/** The cookies sent by the client (RFC 6265 section 4.2). */
export function requestCookies(headers: Headers): HarCookie[] {
  return Array.from(new RequestCookies(headers, 'Cookie'), ([name, value]) => ({ name, value }));
}

/**
 * The cookies set by the server (RFC 6265 section 4.1).
 * @param received seconds since the epoch; `Max-Age` is relative to it
 */
export function responseCookies(headers: Headers, received: number): HarCookie[] {
  return headers.getAll('set-cookie').map((line) => parseSetCookie(line, received));
}

function parseSetCookie(line: string, received: number): HarCookie {
  const [pair, ...attributes] = line.split(';');
  const cookie: HarCookie = { ...parsePair(pair!), httpOnly: false, secure: false };
  let expires: number | undefined;
  let maxAge: number | undefined;
  for (const attribute of attributes) {
    const { name, value: wire } = splitAttribute(attribute);
    const value = fromWire(wire);
    switch (name.toLowerCase()) {
      case 'path':
        cookie.path = value;
        break;
      case 'domain':
        cookie.domain = value;
        break;
      case 'expires':
        expires = parseCookieDate(value);
        break;
      case 'max-age':
        if (/^-?\d+$/.test(value)) maxAge = Number(value);
        break;
      case 'httponly':
        cookie.httpOnly = true;
        break;
      case 'secure':
        cookie.secure = true;
        break;
      case 'samesite':
        cookie.sameSite = value;
        break;
    }
  }
  const end = maxAge === undefined ? expires : (received + maxAge) * 1000;
  const date = end === undefined ? undefined : new Date(end);
  if (date && !Number.isNaN(date.getTime())) cookie.expires = date.toISOString();
  return cookie;
}
