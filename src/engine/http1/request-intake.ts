import { formatAuthority, formatHostPort, parseAuthority } from '../../flow/authority.js';
import { Headers } from '../../flow/headers.js';
import { HttpRequest } from '../../flow/http-request.js';
import { quote } from '../../flow/quote.js';
import { ProtocolError } from '../errors.js';
import type { Destination, Route } from '../route.js';
import { fixedFields } from './fixed-fields.js';
import type { Head } from './head.js';
import { forwardedBlock } from './head-writer.js';
import type { TargetParser } from './request-target.js';
import { isVisible, parseRequestLine } from './start-line.js';

export interface Intake {
  request: HttpRequest;
  /** The head as it may go on, while nobody changes it; undefined if it has to be written anew. */
  raw: Buffer | undefined;
  /**
   * What stands before the path in the request target as it goes on, where the client takes the destination of its
   * connection for a proxy; else empty. Such a request goes on with its `Proxy-*` fields.
   */
  prefix: string;
}

/**
 * Makes a request of a head: what the flow shows is what goes on to the server.
 * @param route where the connection leads whatever the request says, so that the head may go on as it is
 * @param strict note control characters in the target as a violation
 * @throws ProtocolError if it cannot even be said what was asked for
 */
export function takeRequest(
  head: Head,
  targets: TargetParser,
  route: Pick<Route, 'fixed' | 'scheme' | 'host' | 'port'> | undefined,
  strict: boolean,
): Intake {
  const { method, target, httpVersion } = parseRequestLine(head.line);
  if (strict && !isVisible(target)) head.violation ??= 'a control character in the request target';
  if (method === 'CONNECT') {
    return takeConnect(target, httpVersion, head, route?.fixed ? undefined : route);
  }
  const where = targets.parse(method, target);
  const host = route || head.hasHost ? undefined : formatAuthority(where.host, where.port, where.scheme);
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
  return { request, raw: route && block === head.block && isOriginForm ? head.raw : undefined, prefix };
}

/** @param proxy the destination of the connection, which the client takes for one */
function takeConnect(target: string, httpVersion: string, head: Head, proxy: Destination | undefined): Intake {
  const where = parseAuthority(target);
  if (!where?.host || !where.port) throw new ProtocolError(400, `CONNECT needs host:port, not ${quote(target)}`);
  const authority = formatHostPort(where.host, where.port);
  const { scheme, host, port } = proxy ?? { scheme: '', host: where.host, port: where.port };
  const headers = new Headers(forwardedBlock(head, undefined, proxy !== undefined));
  const request = new HttpRequest({ method: 'CONNECT', scheme, host, port, authority, path: '', httpVersion, headers });
  return { request, raw: proxy && head.raw, prefix: proxy ? authority : '' };
}

/** Whether a connection may serve another message after this one (RFC 9112 section 9.3). */
export function persists(httpVersion: string, connection: string): boolean {
  if (connection === '') return httpVersion !== 'HTTP/1.0';
  if (connection === 'keep-alive') return true;
  const options = connection.split(',').map((option) => option.trim());
  if (options.includes('close')) return false;
  return httpVersion !== 'HTTP/1.0' || options.includes('keep-alive');
}
