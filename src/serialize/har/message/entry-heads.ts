import type { HttpFlow } from '../../../flow/flow.js';
import type { Headers } from '../../../flow/http/headers.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import { unmapped } from '../../../flow/text/ip-address.js';
import { readableText } from '../../json/header-pairs.js';
import { harUrl } from '../har-url.js';
import { type Timings, timingsOf, totalTime } from '../timings.js';

/**
 * The members of an entry that are neither messages nor derived from them, and its timings.
 * @param startedDateTime if already known
 */
export function entryHead(
  flow: HttpFlow,
  opened: boolean,
  startedDateTime = isoTime(flow.request.timestampStart || flow.timestampCreated),
): { entry: Record<string, unknown>; timings: Timings } {
  const { server, comment } = flow;
  const timings = timingsOf(flow, opened);
  const serverIPAddress = server.peer && unmapped(server.peer[0]);
  const connection = server.timestampTcpSetup === undefined ? undefined : server.id;
  const time = totalTime(timings);
  return {
    entry: { startedDateTime, time, cache: {}, serverIPAddress, connection, comment: comment || undefined },
    timings,
  };
}

/** @param url if already known */
export function requestHead(request: HttpRequest, url = harUrl(request)): Record<string, unknown> {
  const { method, httpVersion, headers, body } = request;
  return {
    method,
    url,
    httpVersion,
    headersSize: headSize(httpVersion, `${method} ${targetOf(request)} ${httpVersion}`, headers),
    bodySize: body.size,
  };
}

/** HAR requires a response; status 0 means that no response was received. */
export function responseHead(response: HttpResponse | undefined, error: string | undefined): Record<string, unknown> {
  if (!response) {
    return {
      status: 0,
      statusText: '',
      httpVersion: '',
      redirectURL: '',
      headersSize: -1,
      bodySize: -1,
      _error: error ?? '',
    };
  }
  const { statusCode: status, reason, httpVersion, headers, body } = response;
  return {
    status,
    statusText: readableText(reason),
    httpVersion,
    redirectURL: readableText(headers.get('location') ?? ''),
    headersSize: headSize(httpVersion, `${httpVersion} ${status} ${reason}`, headers),
    bodySize: body.size,
    _error: error,
  };
}

/** The content of a missing response. */
export const NO_CONTENT: Record<string, unknown> = { size: 0, mimeType: 'x-unknown' };

export function mimeTypeOf({ headers }: HttpRequest | HttpResponse): string {
  return headers.get('content-type') ?? '';
}

/** The values of the HTTP/2 pseudo-header fields (RFC 9113 section 8.3). */
export function pseudoFields({ method, scheme, authority, path }: HttpRequest): Record<string, string> {
  return { ':method': method, ':scheme': scheme, ':authority': authority, ':path': path };
}

export function pseudoStatus(response: HttpResponse | undefined): Record<string, string> {
  return { ':status': String(response?.statusCode ?? 0) };
}

/** Bytes of a head on the wire, including the final empty line; -1 where heads are compressed. */
function headSize(httpVersion: string, startLine: string, headers: Headers): number {
  return httpVersion.startsWith('HTTP/1') ? startLine.length + 2 + headers.bytes.length + 2 : -1;
}

/** The target of the request line (RFC 9112 section 3.2). */
function targetOf({ method, authority, path, scheme }: HttpRequest): string {
  if (method === 'CONNECT') return authority;
  return authority ? `${scheme}://${authority}${path}` : path;
}

/** To the millisecond. An invalid date becomes the epoch. */
function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
