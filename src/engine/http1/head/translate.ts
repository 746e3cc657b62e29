import { randomBytes } from 'node:crypto';
import { formatAuthority } from '../../../flow/http/authority.js';
import { Headers } from '../../../flow/http/headers.js';
import { HttpRequest } from '../../../flow/http/http-request.js';
import { HttpResponse } from '../../../flow/http/http-response.js';
import { REASONS } from '../../../flow/http/reason-phrases.js';

/**
 * An HTTP/2 request as an HTTP/1.1 message: with a `Host`, with one `Cookie` line (RFC 9113 section 8.2.3), and an extended
 * CONNECT as an upgrade (RFC 8441 section 5). Its body is empty; the caller sends the original one.
 */
export function http1Request(request: HttpRequest): HttpRequest {
  const { scheme, host, port, path, protocol, headers, trailers } = request;
  const block: [string, string][] = [];
  const cookies: string[] = [];
  let cookieAt = 0;
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (lower === 'host') continue;
    if (lower === 'cookie') {
      if (cookies.push(value) === 1) cookieAt = block.length;
    } else block.push([name, value]);
  }
  if (cookies.length > 0) block.splice(cookieAt, 0, ['cookie', cookies.join('; ')]);
  const authority = request.authority || headers.get('host') || formatAuthority(host, port, scheme);
  if (request.method !== 'CONNECT' || protocol !== undefined) block.unshift(['Host', authority]);
  if (protocol !== undefined) {
    block.push(['Connection', 'Upgrade'], ['Upgrade', protocol]);
    if (protocol === 'websocket') block.push(['Sec-WebSocket-Key', randomBytes(16).toString('base64')]);
  }
  const method = protocol === undefined ? request.method : 'GET';
  const fields = new Headers(blockOf(block));
  const translated = new HttpRequest({
    method,
    scheme,
    host,
    port,
    authority: method === 'CONNECT' ? authority : '',
    path,
    httpVersion: 'HTTP/1.1',
    headers: fields,
  });
  translated.trailers = trailers;
  return translated;
}

/**
 * An HTTP/2 response as an HTTP/1.1 message; others are returned unchanged. Its body is empty; the caller sends the original
 * one.
 */
export function http1Response(response: HttpResponse): HttpResponse {
  if (response.httpVersion.startsWith('HTTP/1')) return response;
  const { statusCode, reason, headers, trailers } = response;
  const translated = new HttpResponse({
    statusCode,
    reason: reason || (REASONS[statusCode] ?? ''),
    httpVersion: 'HTTP/1.1',
    headers: new Headers(headers.bytes),
  });
  translated.trailers = trailers;
  return translated;
}

function blockOf(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.from(fields.map(([name, value]) => `${name}: ${value}\r\n`).join(''), 'latin1');
}
