import { asciiHost } from '../text/host-name.js';
import { quote } from '../text/quote.js';
import { defaultPort, parseAuthority } from './authority.js';

/** @throws TypeError if it is not an absolute URL that can be sent */
export function parseUrl(url: string): { scheme: string; host: string; port: number; path: string } {
  const parsed = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/i.exec(url);
  if (!parsed) throw new TypeError(`Not an absolute URL: ${quote(url)}`);
  const scheme = parsed[1]!.toLowerCase();
  const authority = parseAuthority(parsed[2]!);
  const port = authority?.port ?? defaultPort(scheme);
  if (!authority || port === undefined) throw new TypeError(`Not an absolute URL: ${quote(url)}`);
  const path = checkPath(parsed[3]!.startsWith('/') ? parsed[3]! : `/${parsed[3]}`);
  return { scheme, host: checkHost(authority.host), port, path };
}

/** The name in ASCII. @throws TypeError if it is not a valid host */
export function checkHost(host: string): string {
  const name = asciiHost(host);
  if (name === undefined) throw new TypeError(`Not a host: ${JSON.stringify(host)}`);
  return name;
}

/** @throws TypeError if it is not a path and query as sent */
export function checkPath(path: string): string {
  // A character above U+00FF would be truncated to its low byte on the wire, which may be a line end.
  if (typeof path === 'string' && /^[\x21-\x7e\x80-\xff]+$/.test(path)) return path;
  throw new TypeError(`Not a path: ${quote(String(path))}; percent-encode spaces and characters outside ASCII`);
}
