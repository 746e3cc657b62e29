import { formatAuthority, formatHostPort, parseAuthority, parseWireAuthority } from '../../flow/http/authority.js';
import { Headers } from '../../flow/http/headers.js';
import { HttpRequest } from '../../flow/http/http-request.js';
import { hostFromWire } from '../../flow/text/host-name.js';
import { quoteWire } from '../../flow/text/quote.js';
import { ProtocolError } from '../errors.js';
import type { OriginalHead } from '../http/wire.js';
import { ownSettingsField, readSettingsField } from '../http2/connection/settings.js';
import type { Destination, FixedServer, Route } from '../upstream/route.js';
import type { Head } from './head/head.js';
import { fieldLines, fieldValues, forwardedBlock, isField, offersH2c } from './head/head-writer.js';
import type { TargetParser } from './head/request-target.js';
import { isVisible, parseRequestLine } from './head/start-line.js';

/** The result of parsing a head. */
export interface ParsedRequest {
  readonly request: HttpRequest;
  readonly original: RequestOriginal;
  /** The client's settings of HTTP/2, if its `Upgrade: h2c` is forwarded. */
  readonly settings: Buffer | undefined;
}

/** The head of a request as received over HTTP/1, as far as it may be forwarded unchanged. */
export interface RequestOriginal extends OriginalHead {
  readonly wire: 'http1';
  /** The head to forward while no addon changes it; undefined if it has to be rewritten. */
  readonly raw: Buffer | undefined;
  /**
   * The part before the path in the forwarded request target, if the client uses its connection's destination as a
   * proxy; otherwise empty. Such a request keeps its `Proxy-*` fields.
   */
  readonly prefix: string;
  /** The original authority; a request that an addon redirects is sent without the prefix. */
  readonly authority: string;
}

/**
 * Parses a head into a request: the flow records the request as it is forwarded to the server.
 * @param route the connection's destination, if known; the head may then be forwarded unchanged
 * @param strict report control characters in the target as a violation
 * @param h2cHeaderSize `max_header_size` for HTTP/2 after an `Upgrade: h2c`; undefined if the upgrade is not forwarded
 * @throws ProtocolError if the request line or its target is invalid
 */
export function parseRequest(
  head: Head,
  targets: TargetParser,
  route: Pick<Route, 'fixed' | 'scheme' | 'host' | 'port'> | undefined,
  strict: boolean,
  h2cHeaderSize?: number,
): ParsedRequest {
  const { method, target, httpVersion } = parseRequestLine(head.line);
  if (strict && !isVisible(target)) head.violation ??= targetFault(target);
  if (strict && head.hosts > 1) head.violation ??= 'more than one Host header';
  if (strict && head.hasOddHost && head.hosts === 1) head.violation ??= hostFault(head);
  if (method === 'CONNECT') {
    return parseConnect(target, httpVersion, head, route?.fixed ? undefined : route);
  }
  const where = targets.parse(method, target);
  const host = route || head.hosts > 0 ? undefined : formatAuthority(where.host, where.port, where.scheme);
  const prefix = route && !route.fixed ? where.origin : '';
  const mayOffer = head.upgrade !== '' && h2cHeaderSize !== undefined && where.scheme === 'http';
  const settings = mayOffer && httpVersion !== 'HTTP/1.0' ? clientSettings(head) : undefined;
  const ownSettings = settings && ownSettingsField(h2cHeaderSize!);
  const forwarded = forwardedBlock(head, host, prefix !== '', ownSettings);
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
  // A fixed server is not a proxy, so it never gets the absolute form.
  const isOriginForm = !route?.fixed || where.authority === '';
  const raw = route && block === head.block && isOriginForm ? head.raw : undefined;
  return { request, original: { wire: 'http1', raw, prefix, authority }, settings };
}

/** The client's settings, if it offers HTTP/2 by a valid `Upgrade: h2c` (RFC 7540 section 3.2.1). */
function clientSettings(head: Head): Buffer | undefined {
  if (!offersH2c(head)) return undefined;
  const options = head.connection.split(',').map((option) => option.trim());
  if (!options.includes('upgrade') || !options.includes('http2-settings')) return undefined;
  const fields = fieldValues(head.block, 'http2-settings');
  return fields.length === 1 ? readSettingsField(fields[0]!) : undefined;
}

/** @param proxy the connection's destination, which the client uses as a proxy */
function parseConnect(target: string, httpVersion: string, head: Head, proxy: Destination | undefined): ParsedRequest {
  const where = parseAuthority(target);
  if (!where?.host || !where.port) throw new ProtocolError(400, `CONNECT needs host:port, not ${quoteWire(target)}`);
  const name = hostFromWire(where.host);
  if (name === undefined) throw new ProtocolError(400, `Invalid host name in CONNECT ${quoteWire(target)}`);
  const authority = formatHostPort(name, where.port);
  const { scheme, host, port } = proxy ?? { scheme: '', host: name, port: where.port };
  const block = forwardedBlock(head, undefined, proxy !== undefined);
  const headers = new Headers(block);
  const request = new HttpRequest({ method: 'CONNECT', scheme, host, port, authority, path: '', httpVersion, headers });
  const prefix = proxy ? authority : '';
  const raw = proxy && block === head.block ? head.raw : undefined;
  return { request, original: { wire: 'http1', raw, prefix, authority }, settings: undefined };
}

/** Describes the fault of a target with invisible characters. */
function targetFault(target: string): string {
  if (target.endsWith(' ')) return 'more than one space before the HTTP version';
  return /[\0-\x1f\x7f]/.test(target) ? 'a control character in the request target' : 'a space in the request target';
}

/** The fault of an invalid `Host`, which gets a 400 (RFC 9112 section 3.2): servers disagree on the host that it means. */
function hostFault(head: Head): string | undefined {
  const host = new Headers(head.block).get('host') ?? '';
  return parseWireAuthority(host) ? undefined : 'a Host that is not a valid name with an optional port';
}

/** Whether a connection may carry another message after this one (RFC 9112 section 9.3). */
export function persists(httpVersion: string, connection: string): boolean {
  if (connection === '') return httpVersion !== 'HTTP/1.0';
  if (connection === 'keep-alive') return true;
  const options = connection.split(',').map((option) => option.trim());
  if (options.includes('close')) return false;
  return httpVersion !== 'HTTP/1.0' || options.includes('keep-alive');
}

/** The field block of a request to a fixed server, with its `Host` and `Authorization`. */
export function fixedFields(block: Buffer, { hostHeader, authorization }: FixedServer): Buffer {
  if (hostHeader === undefined && authorization === undefined) return block;
  let lines = fieldLines(block);
  if (hostHeader !== undefined) lines = withField(lines, 'Host', hostHeader);
  if (authorization !== undefined) lines = withField(lines, 'Authorization', authorization);
  const fixed = Buffer.from(lines.join(''), 'latin1');
  return fixed.equals(block) ? block : fixed;
}

/**
 * Sets a field in its first line and removes further ones; a missing field is added in front, where `Host` belongs. The
 * name keeps its spelling.
 */
function withField(lines: readonly string[], name: string, value: string): string[] {
  const wanted = name.toLowerCase();
  let found = false;
  const replaced = lines.map((line) => {
    if (!isField(line, wanted)) return line;
    const first = !found;
    found = true;
    return first ? `${line.slice(0, line.indexOf(':') + 1)} ${value}\r\n` : '';
  });
  return found ? replaced : [`${name}: ${value}\r\n`, ...replaced];
}
