import { isIPv6 } from '../runtime.js';
import { hostFromWire } from '../text/host-name.js';

/** A host and a port, as an authority (RFC 3986 section 3.2) or a connection has them. IPv6 hosts stand without brackets. */
export interface HostPort {
  host: string;
  port: number | undefined;
}

/**
 * Parses `host`, `host:port`, `[v6]` and `[v6]:port`; a bare IPv6 address is taken as such.
 * @returns undefined if it is none of these or the port is not 0 to 65535. What a host may be called is for `asciiHost` to say.
 */
export function parseAuthority(text: string): HostPort | undefined {
  const bracketed = /^\[([^\]]*)\](?::(\d{0,5}))?$/.exec(text);
  if (bracketed) return isIPv6(bracketed[1]!) ? withPort(bracketed[1]!, bracketed[2]) : undefined;
  if (/[\t-\r /?#@[\]\\]/.test(text) || text === '') return undefined;
  const colon = text.indexOf(':');
  if (colon < 0) return { host: text, port: undefined };
  if (text.indexOf(':', colon + 1) >= 0) return isIPv6(text) ? { host: text, port: undefined } : undefined;
  if (colon === 0 || !/^\d{0,5}$/.test(text.slice(colon + 1))) return undefined;
  return withPort(text.slice(0, colon), text.slice(colon + 1));
}

/** The same for an authority that was read from the wire; the host is made what is looked up, or there is none. */
export function parseWireAuthority(text: string): HostPort | undefined {
  const where = parseAuthority(text);
  const host = where && hostFromWire(where.host);
  return host === undefined ? undefined : { host, port: where!.port };
}

function withPort(host: string, digits: string | undefined): HostPort | undefined {
  if (!digits) return { host, port: undefined };
  const port = Number(digits);
  return port <= 65535 ? { host, port } : undefined;
}

/** A URL, or the authority of a CONNECT, with another host in it. */
export function withHost(url: string, host: string, other: string): string {
  const at = url.indexOf(host, url.indexOf('://') + 1);
  return at < 0 ? url : url.slice(0, at) + other + url.slice(at + host.length);
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatHostPort(host: string, port: number): string {
  return `${bracketed(host)}:${port}`;
}

/** The authority of a URL: the port is left out where it is the scheme's own. */
export function formatAuthority(host: string, port: number, scheme: string): string {
  return port === defaultPort(scheme) ? bracketed(host) : formatHostPort(host, port);
}

/** The port of a scheme where a URL names none; undefined for schemes other than those of the web. */
export function defaultPort(scheme: string): number | undefined {
  if (scheme === 'http' || scheme === 'ws') return 80;
  return scheme === 'https' || scheme === 'wss' ? 443 : undefined;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
