import { defaultPort, formatAuthority, formatHostPort, parseAuthority } from '../../../flow/http/authority.js';
import { asciiHost } from '../../../flow/text/host-name.js';

/** The target of a HAR request, as members in the form of JSON Lines. */
export interface HarTarget {
  scheme: string;
  host: string;
  port: number;
  authority: string;
  path: string;
}

/**
 * The target that the URL of an entry names. Characters that a URL must escape are escaped.
 * @param authority of HTTP/2 and later, if known
 * @returns undefined if it is not HTTP, such as `data:`
 */
export function readTarget(
  url: string,
  method: string,
  httpVersion: string,
  authority?: string,
): HarTarget | undefined {
  const parts = /^(https?|wss?):\/\/([^/?#]*)([^#]*)/i.exec(url.trim());
  if (!parts) return method === 'CONNECT' ? connectTarget(url.trim()) : undefined;
  const scheme = /^(?:https|wss)$/i.test(parts[1]!) ? 'https' : 'http';
  const named = parseAuthority(parts[2]!.slice(parts[2]!.lastIndexOf('@') + 1));
  if (!named) return undefined;
  const host = asciiHost(named.host) ?? named.host;
  const port = named.port ?? defaultPort(scheme)!;
  if (method === 'CONNECT') return connectTarget(formatHostPort(host, port));
  const path = parts[3]!.startsWith('/') ? parts[3]! : `/${parts[3]}`;
  const own = httpVersion.startsWith('HTTP/1') ? '' : authority || formatAuthority(host, port, scheme);
  return { scheme, host, port, authority: own, path: escapePath(path) };
}

/** Normalises exporters' names to `HTTP/1.1`, `HTTP/2.0`, `HTTP/3`; undefined if unknown. */
export function readVersion(text: string | undefined): string | undefined {
  const version = (text ?? '').trim().toLowerCase();
  if (/^(?:h2c?|http\/2(?:\.0)?)$/.test(version)) return 'HTTP/2.0';
  if (/^(?:h3|http\/3|.*quic)/.test(version)) return 'HTTP/3';
  return /^http\/\d(?:\.\d)?$/.test(version) ? version.toUpperCase() : undefined;
}

/** The scheme of a URL that is not HTTP, such as `data:`; undefined without a scheme. */
export function otherScheme(url: string): string | undefined {
  const scheme = /^\s*([a-z][a-z0-9+-]{0,30}:)(?!\d+(?:[/?#]|$))/i.exec(url)?.[1]?.toLowerCase();
  return scheme === undefined || /^(?:https?|wss?):$/.test(scheme) ? undefined : scheme;
}

/** The path with the parameters of `queryString`, which are decoded there or escaped as in a URL. */
export function appendQuery(path: string, parameters: readonly (readonly [name: string, value: string])[]): string {
  const pairs = parameters.map(([name, value]) => `${escapeParameter(name)}=${escapeParameter(value)}`);
  return `${path}?${pairs.join('&')}`;
}

function escapeParameter(text: string): string {
  return escapePath(text.replace(/[#&+=\s]|%(?![0-9a-f]{2})/gi, (character) => encodeURIComponent(character)));
}

function connectTarget(text: string): HarTarget | undefined {
  const named = parseAuthority(text.replace(/\/$/, ''));
  if (!named) return undefined;
  const port = named.port ?? 443;
  const host = asciiHost(named.host) ?? named.host;
  return { scheme: '', host, port, authority: formatHostPort(host, port), path: '' };
}

function escapePath(path: string): string {
  if (!/[^\x21-\x7e]/.test(path)) return path;
  return path.replace(/[^\x21-\x7e]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
