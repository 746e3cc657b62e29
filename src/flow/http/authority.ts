import { isIPv6 } from '../runtime.js';
import { hostFromWire } from '../text/host-name.js';

/** The host and port of an authority (RFC 3986 section 3.2) or a connection. IPv6 addresses have no brackets. */
export interface HostPort {
  host: string;
  port: number | undefined;
}

/**
 * Parses `host`, `host:port`, `[v6]`, `[v6]:port` and a bare IPv6 address. Names are not validated; see `asciiHost`.
 * @returns undefined for other text, and for a port above 65535
 */
export function parseAuthority(text: string): HostPort | undefined {
  if (text.startsWith('[')) {
    const [, address, port] = /^\[([^\]]*)\](?::(\d{0,5}))?$/.exec(text) ?? [];
    return address !== undefined && isIPv6(address) ? withPort(address, port) : undefined;
  }
  if (/[\t-\r /?#@[\]\\]/.test(text) || text === '') return undefined;
  const colon = text.indexOf(':');
  if (colon < 0) return { host: text, port: undefined };
  if (text.indexOf(':', colon + 1) >= 0) return isIPv6(text) ? { host: text, port: undefined } : undefined;
  if (colon === 0 || !/^\d{0,5}$/.test(text.slice(colon + 1))) return undefined;
  return withPort(text.slice(0, colon), text.slice(colon + 1));
}

/** Parses an authority from the wire. The host is converted by `hostFromWire`. @returns undefined if it is not valid */
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

/** Replaces the host in a URL or in the authority of a CONNECT. */
export function withHost(url: string, host: string, other: string): string {
  const at = url.indexOf(host, url.indexOf('://') + 1);
  return at < 0 ? url : url.slice(0, at) + other + url.slice(at + host.length);
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatHostPort(host: string, port: number): string {
  return `${bracketed(host)}:${port}`;
}

/** The authority of a URL, without the port if it is the default of the scheme. */
export function formatAuthority(host: string, port: number, scheme: string): string {
  return port === defaultPort(scheme) ? bracketed(host) : formatHostPort(host, port);
}

/** The default port of `http`, `https`, `ws` and `wss`; undefined for other schemes. */
export function defaultPort(scheme: string): number | undefined {
  if (scheme === 'http' || scheme === 'ws') return 80;
  return scheme === 'https' || scheme === 'wss' ? 443 : undefined;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
