import { formatAuthority, formatHostPort, parseAuthority, parseWireAuthority } from '../../flow/http/authority.js';
import { Headers } from '../../flow/http/headers.js';
import { HttpRequest } from '../../flow/http/http-request.js';
import { hostFromWire } from '../../flow/text/host-name.js';
import { quoteWire } from '../../flow/text/quote.js';
import { ProtocolError } from '../errors.js';
import type { OriginalHead } from '../http/wire.js';
import type { Destination, Route } from '../upstream/route.js';
import { fixedFields } from './head/fixed-fields.js';
import type { Head } from './head/head.js';
import { forwardedBlock } from './head/head-writer.js';
import type { TargetParser } from './head/request-target.js';
import { isVisible, parseRequestLine } from './head/start-line.js';

/** What a head becomes. */
export interface ParsedRequest {
  readonly request: HttpRequest;
  readonly original: RequestOriginal;
}

/** The head of a request as it came over HTTP/1, as far as it may go on unchanged. */
export interface RequestOriginal extends OriginalHead {
  readonly wire: 'http1';
  /** The head as it may go on, while nobody changes it; undefined if it has to be written anew. */
  readonly raw: Buffer | undefined;
  /**
   * What stands before the path in the request target as it goes on, where the client takes the destination of its
   * connection for a proxy; else empty. Such a request goes on with its `Proxy-*` fields.
   */
  readonly prefix: string;
  /** The authority that the request had; one that an addon sends elsewhere goes without the prefix. */
  readonly authority: string;
}

/**
 * Makes a request of a head: what the flow shows is what goes on to the server.
 * @param route where the connection leads whatever the request says, so that the head may go on as it is
 * @param strict note control characters in the target as a violation
 * @throws ProtocolError if it cannot even be said what was asked for
 */
export function parseRequest(
  head: Head,
  targets: TargetParser,
  route: Pick<Route, 'fixed' | 'scheme' | 'host' | 'port'> | undefined,
  strict: boolean,
): ParsedRequest {
  const { method, target, httpVersion } = parseRequestLine(head.line);
  if (strict && !isVisible(target)) head.violation ??= targetFault(target);
  if (strict && head.hosts > 1) head.violation ??= 'more than one Host header';
  if (strict && head.hasOddHost && head.hosts === 1) head.violation ??= hostFault(head);
  if (method === 'CONNECT') {
    return takeConnect(target, httpVersion, head, route?.fixed ? undefined : route);
  }
  const where = targets.parse(method, target);
  const host = route || head.hosts > 0 ? undefined : formatAuthority(where.host, where.port, where.scheme);
  const prefix = route && !route.fixed ? where.origin : '';
  const forwarded = forwardedBlock(head, host, prefix !== '');
  const block = route?.fixed ? fixedFields(forwarded, route.fixed) : forwarded;
  const { scheme, path } = where;
  const authority = route?.fixed?.hostHeader === undefined ? where.authority : '';
  const request = new HttpRequest({
    method,
    scheme,
    host: where.host,
    port: where.port,
    authority,
    path,
    httpVersion,
    headers: new Headers(block),
  });
  // A fixed server is no proxy, and is not sent the absolute form that one may have got.
  const isOriginForm = !route?.fixed || where.authority === '';
  const raw = route && block === head.block && isOriginForm ? head.raw : undefined;
  return { request, original: { wire: 'http1', raw, prefix, authority } };
}

/** @param proxy the destination of the connection, which the client takes for one */
function takeConnect(target: string, httpVersion: string, head: Head, proxy: Destination | undefined): ParsedRequest {
  const where = parseAuthority(target);
  if (!where?.host || !where.port) throw new ProtocolError(400, `CONNECT needs host:port, not ${quoteWire(target)}`);
  const name = hostFromWire(where.host);
  if (name === undefined) throw new ProtocolError(400, `No host can have the name in CONNECT ${quoteWire(target)}`);
  const authority = formatHostPort(name, where.port);
  const { scheme, host, port } = proxy ?? { scheme: '', host: name, port: where.port };
  const block = forwardedBlock(head, undefined, proxy !== undefined);
  const headers = new Headers(block);
  const request = new HttpRequest({ method: 'CONNECT', scheme, host, port, authority, path: '', httpVersion, headers });
  const prefix = proxy ? authority : '';
  const raw = proxy && block === head.block ? head.raw : undefined;
  return { request, original: { wire: 'http1', raw, prefix, authority } };
}

/** What is wrong with a target that is not visible. */
function targetFault(target: string): string {
  if (target.endsWith(' ')) return 'more than one space before the HTTP version';
  return /[\0-\x1f\x7f]/.test(target) ? 'a control character in the request target' : 'a space in the request target';
}

/** Names that rules are to be applied to have to be names (RFC 9112 section 3.2). */
function hostFault(head: Head): string | undefined {
  const host = new Headers(head.block).get('host') ?? '';
  return parseWireAuthority(host) ? undefined : 'a Host that can be no name (bytes beyond ASCII have to be UTF-8)';
}

/** Whether a connection may serve another message after this one (RFC 9112 section 9.3). */
export function persists(httpVersion: string, connection: string): boolean {
  if (connection === '') return httpVersion !== 'HTTP/1.0';
  if (connection === 'keep-alive') return true;
  const options = connection.split(',').map((option) => option.trim());
  if (options.includes('close')) return false;
  return httpVersion !== 'HTTP/1.0' || options.includes('keep-alive');
}
