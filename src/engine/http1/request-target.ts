import { defaultPort, parseAuthority } from '../../flow/authority.js';
import { ProtocolError } from '../errors.js';
import type { Destination } from '../route.js';
import { quote } from './head.js';

export interface Target extends Destination {
  /** The authority in the target, as written; empty in origin form. */
  authority: string;
  path: string;
}

/**
 * Understands a request target (RFC 9112 section 3.2). The path is taken as it stands.
 * @param fixed the destination of the connection; without one only the absolute form says where to go
 * @throws ProtocolError (400)
 */
export function parseTarget(method: string, target: string, fixed: Destination | undefined): Target {
  if (target.startsWith('/') || target === '*') {
    if (fixed) return { scheme: fixed.scheme, host: fixed.host, port: fixed.port, authority: '', path: target };
    throw new ProtocolError(
      400,
      'This is a proxy: it needs the whole URL in the request line, or CONNECT. Set it as the proxy of your client instead of sending requests to it.',
    );
  }
  const absolute = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)/.exec(target);
  if (!absolute) throw new ProtocolError(400, `Not a request target: ${quote(target)}`);
  const scheme = absolute[1]!.toLowerCase();
  // User information in a URL is for the client; it is no part of where to go.
  const authority = absolute[2]!;
  const where = parseAuthority(authority.slice(authority.lastIndexOf('@') + 1));
  const port = where?.port ?? defaultPort(scheme);
  if (!where?.host || port === undefined || port === 0)
    throw new ProtocolError(400, `No host in the URL ${quote(target)}`);
  if (scheme !== 'http' && scheme !== 'https' && !fixed) {
    throw new ProtocolError(400, `Only http and https URLs are served, not ${quote(`${scheme}:`)}`);
  }
  const path = originForm(method, target.slice(absolute[0].length));
  if (fixed) return { scheme: fixed.scheme, host: fixed.host, port: fixed.port, authority, path };
  return { scheme, host: where.host, port, authority, path };
}

function originForm(method: string, rest: string): string {
  if (rest.startsWith('/')) return rest;
  if (rest === '') return method === 'OPTIONS' ? '*' : '/';
  return `/${rest}`;
}
