import { defaultPort, formatAuthority, formatHostPort, parseWireAuthority } from '../../../flow/http/authority.js';
import type { Headers } from '../../../flow/http/headers.js';
import { HttpRequest } from '../../../flow/http/http-request.js';
import { isToken } from '../../../flow/http/token.js';
import type { OriginalHead } from '../../http/wire.js';
import type { Destination, Route } from '../../upstream/route.js';
import type { FieldList } from '../frames/field-list.js';
import { type ReadFields, readFields } from './read-fields.js';

/** The parts of an HTTP/2 head that an `HttpRequest` does not record. */
export interface Http2Original extends OriginalHead {
  readonly wire: 'http2';
  /** Pseudo-header fields in their order. */
  readonly order: readonly string[];
  /** Names of fields that were marked as sensitive. */
  readonly neverIndexed: ReadonlySet<string> | undefined;
}

export interface ParsedHttp2Request {
  readonly request: HttpRequest;
  /** As received, without changes by addons. */
  readonly method: string;
  readonly original: Http2Original;
  readonly fields: ReadFields;
  /** The reason for which it must not be served. */
  readonly violation: string | undefined;
}

const ALLOWED: readonly string[] = [':method', ':scheme', ':authority', ':path'];
const WITH_PROTOCOL: readonly string[] = [...ALLOWED, ':protocol'];

/**
 * Parses the head of a request (RFC 9113 section 8.3.1): the flow records the request as it is forwarded to the server.
 * @param connectProtocol whether extended CONNECT is allowed (RFC 8441)
 * @param route the connection's destination; without one, the request has to name it
 * @returns undefined if the fields cannot be parsed as a request; then no flow is created
 */
export function parseHttp2Request(
  list: FieldList,
  route: Pick<Route, 'fixed' | 'scheme' | 'host' | 'port'> | undefined,
  strict: boolean,
  connectProtocol: boolean,
): ParsedHttp2Request | undefined {
  const fields = readFields(list, connectProtocol ? WITH_PROTOCOL : ALLOWED, strict);
  const { pseudo, headers } = fields;
  const method = pseudo.get(':method') ?? '';
  const protocol = pseudo.get(':protocol');
  const isTunnel = method === 'CONNECT' && protocol === undefined;
  const path = pseudo.get(':path') ?? '';
  const scheme = pseudo.get(':scheme') ?? '';
  let authority = pseudo.get(':authority') ?? '';
  if (!isToken(method)) return undefined;
  const destination =
    route && !isTunnel ? route : destinationOf(scheme, authority || headers.get('host') || '', isTunnel);
  if (!destination) return undefined;
  const violation =
    fields.violation ?? faultOf({ method, protocol, isTunnel, path, scheme, authority, headers, strict }, pseudo);
  removeProxyFields(headers);
  const fixed = route?.fixed;
  if (fixed?.hostHeader !== undefined) {
    authority = fixed.hostHeader;
    if (headers.has('host')) headers.set('host', authority);
  }
  if (fixed?.authorization !== undefined) headers.set('authorization', fixed.authorization);
  // The changes above are not an addon's: the received fields are forwarded unchanged.
  headers.changed = false;
  const request = new HttpRequest({
    method,
    scheme: destination.scheme,
    host: destination.host,
    port: destination.port,
    authority: isTunnel ? formatHostPort(destination.host, destination.port) : authority,
    path: isTunnel ? '' : path,
    httpVersion: 'HTTP/2.0',
    headers,
  });
  if (protocol !== undefined) request.protocol = protocol;
  const original: Http2Original = { wire: 'http2', order: [...pseudo.keys()], neverIndexed: list.neverIndexed };
  return { request, method, original, fields, violation };
}

interface RequestParts {
  method: string;
  protocol: string | undefined;
  isTunnel: boolean;
  path: string;
  scheme: string;
  authority: string;
  headers: Headers;
  strict: boolean;
}

function faultOf(parts: RequestParts, pseudo: ReadonlyMap<string, string>): string | undefined {
  const { method, protocol, isTunnel, path, scheme, authority, headers, strict } = parts;
  if (isTunnel) {
    if (pseudo.has(':scheme') || pseudo.has(':path')) return 'a CONNECT with a scheme or a path';
    return authority === '' ? 'a CONNECT without an authority' : undefined;
  }
  if (!pseudo.has(':scheme') || !pseudo.has(':path')) return 'a request without :scheme or :path';
  if (!/^[\x21-\x7e\x80-\xff]+$/.test(path)) return 'an empty :path, or one with a space or a control character';
  if (!/^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme)) return 'an invalid :scheme';
  if (path[0] !== '/' && !(path === '*' && method === 'OPTIONS')) return 'a :path that does not begin with a slash';
  if (/[\0-\x20\x7f]/.test(authority)) return 'a space or a control character in :authority';
  if (protocol !== undefined && (method !== 'CONNECT' || !isToken(protocol))) return 'an invalid :protocol';
  if (!strict) return undefined;
  const hosts = headers.getAll('host');
  if (authority === '' && hosts.length === 0) return 'a request without :authority and Host';
  if (authority.includes('@')) return 'user information in :authority';
  if (authority !== '' && !parseWireAuthority(authority)) return 'an invalid :authority';
  if (hosts.length > 1) return 'more than one Host header';
  if (authority !== '' && hosts.length > 0 && hosts[0]!.toLowerCase() !== authority.toLowerCase()) {
    return 'a Host that differs from :authority';
  }
  return undefined;
}

/** The destination that a request to an explicit proxy names. */
function destinationOf(scheme: string, authority: string, isTunnel: boolean): Destination | undefined {
  const where = parseWireAuthority(authority);
  const port = where?.port ?? (isTunnel ? undefined : defaultPort(scheme));
  if (!where?.host || !port) return undefined;
  return { scheme: isTunnel ? '' : scheme, host: where.host, port };
}

/** Removes the fields that are for a proxy. */
export function removeProxyFields(headers: Headers): void {
  const names = new Set([...headers.keys()].filter((name) => /^proxy-/i.test(name)));
  for (const name of names) headers.delete(name);
}

/** The authority to send for a request: `:authority` as received, or the authority that `Host` denotes in HTTP/1. */
export function authorityOf({ httpVersion, authority, headers, host, port, scheme }: HttpRequest): string {
  if (!httpVersion.startsWith('HTTP/1')) {
    return authority !== '' || headers.has('host') ? authority : formatAuthority(host, port, scheme);
  }
  return headers.get('host') || authority || formatAuthority(host, port, scheme);
}
