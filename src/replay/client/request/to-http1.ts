import { formatAuthority } from '../../../flow/http/authority.js';
import { HttpRequest } from '../../../flow/http/http-request.js';

/**
 * HTTP/1 fields that are not allowed in a request recorded over HTTP/2 (RFC 9113 section 8.2.2), or that describe its framing.
 */
const CONNECTION_FIELDS = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
];

/**
 * Converts a request recorded over HTTP/2 or HTTP/3 to HTTP/1.1: adds `Host`, removes pseudo-header fields, joins `Cookie`
 * fields (RFC 9113 section 8.2.3). The framing is set when the request is sent. `TE` stays: servers of gRPC, which then get the
 * request in HTTP/2 again, reject one without `te: trailers`.
 * @param request a copy, which must not be used afterwards
 */
export function toHttp1(request: HttpRequest): HttpRequest {
  if (request.httpVersion.startsWith('HTTP/1')) {
    // HAR files of some programs lack `Host`, and servers must reject such a request (RFC 9112 section 3.2).
    if (request.httpVersion === 'HTTP/1.1' && !request.headers.has('host')) addHost(request);
    return request;
  }
  const { method, scheme, host, port, path, headers, body, trailers } = request;
  for (const [name] of [...headers.entries()]) if (name.startsWith(':')) headers.delete(name);
  for (const name of CONNECTION_FIELDS) headers.delete(name);
  const cookies = headers.getAll('cookie');
  if (cookies.length > 1) headers.set('cookie', cookies.join('; '));
  if (!headers.has('host')) addHost(request);
  const parts = { method, scheme, host, port, path, headers, body };
  const converted = new HttpRequest({ ...parts, authority: '', httpVersion: 'HTTP/1.1' });
  converted.trailers = trailers;
  return converted;
}

function addHost({ headers, authority, host, port, scheme }: HttpRequest): void {
  headers.insert(0, 'Host', authority || formatAuthority(host, port, scheme));
}
