import { defaultPort, parseAuthority } from '../../../flow/http/authority.js';
import { hostFromWire } from '../../../flow/text/host-name.js';
import { quoteWire } from '../../../flow/text/quote.js';
import { ProtocolError } from '../../errors.js';
import type { Destination } from '../../upstream/route.js';

export interface RequestTarget extends Destination {
  /** The authority in the target, as written; empty in origin form. */
  authority: string;
  path: string;
  /** Scheme and authority, as written; empty in origin form. */
  origin: string;
}

/**
 * Parses the request targets (RFC 9112 section 3.2) of one client connection. Paths are kept as written. The last
 * scheme and authority are cached, because a client usually repeats them on a connection.
 */
export class TargetParser {
  private lastPrefix = 'http://';
  private lastOrigin: (Destination & { authority: string }) | undefined;

  /** @param fixed the connection's destination; without one, targets must be in absolute form */
  constructor(private readonly fixed: Destination | undefined) {}

  /** @throws ProtocolError (400) */
  parse(method: string, target: string): RequestTarget {
    const { fixed } = this;
    if (target.startsWith('/') || target === '*') {
      if (!fixed) throw new ProtocolError(400, NOT_A_SERVER);
      return { scheme: fixed.scheme, host: fixed.host, port: fixed.port, authority: '', path: target, origin: '' };
    }
    const end = this.repeatsOrigin(target) ? this.lastPrefix.length : endOfOrigin(target);
    if (end < 0) throw new ProtocolError(400, `Not a request target: ${quoteWire(target)}`);
    const prefix = target.slice(0, end);
    if (!this.lastOrigin || prefix !== this.lastPrefix) {
      this.lastOrigin = this.parseOrigin(prefix, target);
      this.lastPrefix = prefix;
    }
    const { scheme, host, port, authority } = this.lastOrigin;
    return { scheme, host, port, authority, path: originForm(method, target.slice(end)), origin: prefix };
  }

  private repeatsOrigin(target: string): boolean {
    return target.charCodeAt(this.lastPrefix.length) === SLASH && target.startsWith(this.lastPrefix);
  }

  private parseOrigin(prefix: string, target: string): Destination & { authority: string } {
    const { fixed } = this;
    const colon = prefix.indexOf(':');
    const written = prefix.slice(0, colon).toLowerCase();
    // Some clients send WebSocket URLs to a proxy (RFC 6455 section 3); they mean HTTP.
    const scheme = HTTP_SCHEMES[written] ?? written;
    const authority = prefix.slice(colon + 3);
    // User information in a URL is not part of the destination.
    const where = parseAuthority(authority.slice(authority.lastIndexOf('@') + 1));
    if (!fixed && scheme !== 'http' && scheme !== 'https') {
      throw new ProtocolError(400, `Only http and https URLs are served, not ${quoteWire(`${scheme}:`)}`);
    }
    const port = where?.port ?? defaultPort(scheme);
    if (!where?.host || port === undefined || port === 0) {
      throw new ProtocolError(400, `No host and port in the URL ${quoteWire(target)}`);
    }
    const host = hostFromWire(where.host);
    if (host === undefined) throw new ProtocolError(400, `Invalid host name in the URL ${quoteWire(target)}`);
    if (fixed) return { scheme: fixed.scheme, host: fixed.host, port: fixed.port, authority };
    return { scheme, host, port, authority };
  }
}

const NOT_A_SERVER =
  'This is a proxy: it needs the whole URL in the request line, or CONNECT. Set it as the proxy of your client instead of sending requests to it.';

const HTTP_SCHEMES: Readonly<Record<string, string>> = { ws: 'http', wss: 'https' };

const SLASH = 47;

/** The end of scheme and authority. @returns -1 for a target without them */
function endOfOrigin(target: string): number {
  const colon = target.indexOf('://');
  if (colon <= 0 || !/^[A-Za-z][A-Za-z0-9+.-]*$/.test(target.slice(0, colon))) return -1;
  for (let at = colon + 3; at < target.length; at++) {
    const char = target.charCodeAt(at);
    // The question mark and the number sign
    if (char === SLASH || char === 63 || char === 35) return at;
  }
  return target.length;
}

function originForm(method: string, rest: string): string {
  if (rest.startsWith('/')) return rest;
  if (rest === '') return method === 'OPTIONS' ? '*' : '/';
  return `/${rest}`;
}
