import { defaultPort, parseAuthority } from '../../flow/authority.js';
import type { HttpRequest } from '../../flow/index.js';
import { firstField } from './fields.js';

/** Tries the destination of a request and then, if it is another, the host that the client named. */
export function someHost(request: HttpRequest, test: (host: string, port: number) => boolean): boolean {
  const { host, port, scheme } = request;
  if (test(fromUtf8(host), port)) return true;
  const named = namedAuthority(request);
  if (named === undefined || named === host) return false;
  const parsed = parseAuthority(named);
  return (
    parsed !== undefined && parsed.host !== '' && test(fromUtf8(parsed.host), parsed.port ?? defaultPort(scheme) ?? 443)
  );
}

/** `request.prettyUrl` as text; in the common case the header block is not parsed for it. */
export function urlOf(request: HttpRequest): string {
  const { scheme, method, path } = request;
  if ((scheme === 'https' || scheme === 'http') && method !== 'CONNECT') {
    const named = namedAuthority(request);
    if (named !== undefined && /^[\w.-]+$/.test(named)) {
      return fromUtf8(`${scheme}://${named}${path === '*' ? '' : path}`);
    }
  }
  return fromUtf8(request.prettyUrl);
}

/** Requests hold bytes as latin1 text; in a URL they mean UTF-8. */
export function fromUtf8(text: string): string {
  return /[\x80-\xff]/.test(text) && !/[^\0-\xff]/.test(text) ? Buffer.from(text, 'latin1').toString() : text;
}

/** What the client calls the server. Of several `Host` fields, which no server accepts, it is the first. */
function namedAuthority(request: HttpRequest): string | undefined {
  const isHttp1 = request.httpVersion.startsWith('HTTP/1');
  return (isHttp1 ? undefined : request.authority) || firstField(request.headers, 'host');
}
