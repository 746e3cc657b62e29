import { defaultPort, parseAuthority, withHost } from '../../flow/http/authority.js';
import type { HttpRequest } from '../../flow/index.js';
import { normalizedHost, someHostForm } from '../../flow/text/host-name.js';
import { firstField } from './fields.js';

/**
 * Tests the destination of a request and then, if it differs, the host that the client named. Names are tested without
 * a final dot, in ASCII and in Unicode.
 */
export function someHost(request: HttpRequest, test: (host: string, port: number) => boolean): boolean {
  const { host, port, scheme } = request;
  if (someHostForm(normalizedHost(host), (form) => test(form, port))) return true;
  const named = namedAuthority(request);
  if (named === undefined || named === host) return false;
  const parsed = parseAuthority(named);
  if (!parsed) return false;
  const namedPort = parsed.port ?? defaultPort(scheme) ?? 443;
  return someHostForm(normalizedHost(parsed.host), (form) => test(form, namedPort));
}

/** Tests `request.prettyUrl` with its host in the same forms. Usually this needs no parsing of the header block. */
export function someUrl(request: HttpRequest, test: (url: string) => boolean): boolean {
  const { scheme, method, path } = request;
  const isConnect = method === 'CONNECT';
  if ((scheme === 'https' || scheme === 'http') && !isConnect) {
    const named = namedAuthority(request);
    if (named !== undefined && ONE_FORM.test(named) && !named.includes('--') && keepsPort(named, scheme)) {
      return test(fromUtf8(`${scheme}://${named}${path === '*' ? '' : path}`));
    }
  }
  const url = request.prettyUrl;
  const host = isConnect ? (parseAuthority(request.authority)?.host ?? request.host) : request.prettyHost;
  const rest = fromUtf8(withHost(url, host, '*'));
  return someHostForm(normalizedHost(host), (form) => test(withHost(rest, '*', form)));
}

/** An ASCII host without a final dot: it has only one form. */
const ONE_FORM = /^[\w.-]*[\w-](?::[1-9]\d{0,4})?$/;

/** Whether a URL has the port of an authority, if that has one. */
function keepsPort(authority: string, scheme: string): boolean {
  const colon = authority.indexOf(':');
  if (colon < 0) return true;
  const port = Number(authority.slice(colon + 1));
  return port <= 65_535 && port !== defaultPort(scheme);
}

/** Requests hold bytes as latin1 text; bytes in a URL are UTF-8. */
export function fromUtf8(text: string): string {
  return /[\x80-\xff]/.test(text) && !/[^\0-\xff]/.test(text) ? Buffer.from(text, 'latin1').toString() : text;
}

/** The authority that the client named. Of several `Host` fields, which servers reject, the first is used. */
function namedAuthority(request: HttpRequest): string | undefined {
  const isHttp1 = request.httpVersion.startsWith('HTTP/1');
  return (isHttp1 ? undefined : request.authority) || firstField(request.headers, 'host');
}
