import type { Headers } from '../../../flow/http/headers.js';
import { readableText } from '../../json/header-pairs.js';

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
  return headers.getAll('cookie').flatMap((line) =>
    readableText(line)
      .split(';')
      .filter((part) => part.trim() !== '')
      .map(nameAndValue),
  );
}

/**
 * The cookies set by the server (RFC 6265 section 4.1).
 * @param received seconds since the epoch; `Max-Age` counts from then
 */
export function responseCookies(headers: Headers, received: number): HarCookie[] {
  return headers.getAll('set-cookie').map((line) => parseSetCookie(readableText(line), received));
}

function parseSetCookie(line: string, received: number): HarCookie {
  const [pair, ...attributes] = line.split(';');
  const cookie: HarCookie = { ...nameAndValue(pair!), httpOnly: false, secure: false };
  let expires: number | undefined;
  let maxAge: number | undefined;
  for (const attribute of attributes) {
    const { name, value } = nameAndValue(attribute);
    switch (name.toLowerCase() || value.toLowerCase()) {
      case 'path':
        cookie.path = value;
        break;
      case 'domain':
        cookie.domain = value;
        break;
      case 'expires':
        expires = Date.parse(value);
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

/** `name=value`. Without `=` all of it is the value, as in browsers. */
function nameAndValue(part: string): { name: string; value: string } {
  const equals = part.indexOf('=');
  const name = equals < 0 ? '' : part.slice(0, equals).trim();
  return { name, value: part.slice(equals + 1).trim() };
}
