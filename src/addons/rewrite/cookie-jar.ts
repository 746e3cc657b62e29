import { BoundedMap } from '../../flow/bounded-map.js';
import { parseCookieDate } from '../../flow/message/cookie-date.js';
import { splitAttribute, splitPair } from '../../flow/message/cookie-text.js';
import { isIP } from '../../flow/runtime.js';
import { hostKey } from '../../flow/text/host-name.js';

/** The destination of a request, or the origin of a response. */
export interface CookieTarget {
  readonly host: string;
  readonly port: number;
  /** Without the query. */
  readonly path: string;
  readonly isSecure: boolean;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** The cookie is for this host only, not for its subdomains. */
  readonly hostOnly: boolean;
  readonly port: number;
  readonly path: string;
  readonly secure: boolean;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** Sequence number. Cookies are sent in the order of their creation. */
  readonly created: number;
}

/** Maximum number of cookies; RFC 6265 section 6.1 asks for at least 3000. */
const MAX_COOKIES = 10_000;

/**
 * Stores cookies and selects those for a request (RFC 6265 section 5). As in mitmproxy, a cookie is only sent to the port that
 * it came from.
 */
export class CookieJar {
  private readonly cookies = new BoundedMap<string, Cookie>(MAX_COOKIES);
  private count = 0;

  /** Keeps, replaces or removes the cookie of a `Set-Cookie` line (section 5.3). */
  keep(line: string, from: CookieTarget, now = Date.now()): void {
    const parsed = parseSetCookie(line);
    if (!parsed) return;
    const host = hostKey(from.host);
    const domain = domainOf(parsed, host);
    if (domain === undefined) return;
    const { name, value, secure } = parsed;
    const path = parsed.path ?? defaultPath(from.path);
    const key = JSON.stringify([name, domain, from.port, path]);
    const expires =
      parsed.maxAge === undefined ? (parsed.expires ?? Number.POSITIVE_INFINITY) : now + 1000 * parsed.maxAge;
    const before = this.cookies.get(key);
    this.cookies.delete(key);
    if (expires <= now) return;
    const created = before?.created ?? this.count++;
    const hostOnly = parsed.domain === undefined;
    this.cookies.set(key, { name, value, domain, hostOnly, port: from.port, path, secure, expires, created });
  }

  /** The value of `Cookie` for a request (section 5.4); empty without cookies. */
  cookiesFor(to: CookieTarget, now = Date.now()): string {
    const host = hostKey(to.host);
    const found: Cookie[] = [];
    for (const cookie of this.cookies.values()) {
      if (cookie.port !== to.port || cookie.expires <= now || (cookie.secure && !to.isSecure)) continue;
      if (cookie.hostOnly ? cookie.domain !== host : !isBelow(host, cookie.domain)) continue;
      if (pathMatches(to.path, cookie.path)) found.push(cookie);
    }
    found.sort((a, b) => b.path.length - a.path.length || a.created - b.created);
    return found.map(({ name, value }) => (name === '' ? value : `${name}=${value}`)).join('; ');
  }
}

/** @returns undefined if the host may not set a cookie for the domain: another one, or a top-level domain */
function domainOf({ domain }: ParsedCookie, host: string): string | undefined {
  if (domain === undefined) return host;
  const isAllowed = domain === host || (isBelow(host, domain) && domain.includes('.'));
  return isAllowed ? domain : undefined;
}

/** Domain matching (section 5.1.3). */
function isBelow(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && isIP(host) === 0);
}

/** The default path of a cookie (section 5.1.4). */
function defaultPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** Path matching (section 5.1.4). */
function pathMatches(path: string, wanted: string): boolean {
  if (!path.startsWith(wanted)) return false;
  return path.length === wanted.length || wanted.endsWith('/') || path[wanted.length] === '/';
}

/** The parts of a `Set-Cookie` line that determine which requests get the cookie. */
interface ParsedCookie {
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
function parseSetCookie(line: string): ParsedCookie | undefined {
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
