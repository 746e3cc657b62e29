import { isBodiless } from '../../../flow/http/bodiless.js';
import type { Headers } from '../../../flow/http/headers.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import { trimFolds } from '../../../flow/text/white-space.js';
import type { Framing, OriginalHead } from '../../http/wire.js';
import { FieldList } from '../frames/field-list.js';
import { authorityOf, type Http2Original } from './parse-request.js';
import { CONNECTION_FIELDS } from './read-fields.js';

/** The form in which a message will be sent. */
export interface Sending {
  /** Of the body at its source. */
  readonly framing: Framing;
  /** The body, if it is complete. */
  readonly whole: { readonly size: number } | undefined;
  /** Whether names are sent in lower case, as HTTP/2 requires. */
  readonly lowerCase: boolean;
}

const DEFAULT_ORDER: readonly string[] = [':method', ':scheme', ':authority', ':path'];

/** The fields of a request (RFC 9113 section 8.3.1), translated if it is an HTTP/1 message. */
export function requestFields(request: HttpRequest, sending: Sending, original: OriginalHead | undefined): FieldList {
  const from = original?.wire === 'http2' ? (original as Http2Original) : undefined;
  const list = new FieldList();
  const { method, scheme, path, protocol, headers } = request;
  const isTunnel = method === 'CONNECT' && protocol === undefined;
  const pseudo: Record<string, string> = { ':method': method };
  if (!isTunnel) Object.assign(pseudo, { ':scheme': scheme, ':path': path });
  if (protocol !== undefined) pseudo[':protocol'] = protocol;
  const authority = authorityOf(request);
  if (authority !== '') pseudo[':authority'] = authority;
  // Fields that the client did not send come last.
  for (const name of new Set([...(from?.order ?? DEFAULT_ORDER), ...Object.keys(pseudo)])) {
    const value = pseudo[name];
    if (value !== undefined) list.add(name, value);
  }
  const length = lengthOf(headers, sending, true);
  addFields(list, headers, { from, length, dropsHost: request.httpVersion.startsWith('HTTP/1'), ...sending });
  return list;
}

/** The fields of a response (RFC 9113 section 8.3.2). @param method of the request; undefined for an interim response */
export function responseFields(
  response: HttpResponse,
  sending: Sending,
  original: OriginalHead | undefined,
  method: string | undefined,
): FieldList {
  const from = original?.wire === 'http2' ? (original as Http2Original) : undefined;
  const list = new FieldList();
  list.add(':status', String(response.statusCode));
  const hasBody = method !== undefined && !isBodiless(method, response.statusCode);
  const length = hasBody ? lengthOf(response.headers, sending, false) : undefined;
  addFields(list, response.headers, { from, length, dropsHost: false, ...sending });
  return list;
}

export function trailerFields(trailers: Headers | undefined, lowerCase: boolean): FieldList | undefined {
  if (!trailers || trailers.length === 0) return undefined;
  const list = new FieldList();
  const unsent = { framing: { kind: 'none' }, whole: undefined } as const;
  addFields(list, trailers, { from: undefined, length: undefined, dropsHost: false, lowerCase, ...unsent });
  return list;
}

/** The value of `content-length` to send instead of the given one; undefined keeps it. */
function lengthOf(headers: Headers, { framing, whole }: Sending, isRequest: boolean): string | undefined {
  if (whole) return isRequest && whole.size === 0 && !headers.has('content-length') ? undefined : String(whole.size);
  if (framing.kind === 'length') return String(framing.length);
  return framing.kind === 'none' && isRequest ? '0' : undefined;
}

/** Fields that are not sent over HTTP/2. */
const DROPPED: ReadonlySet<string> = new Set([...CONNECTION_FIELDS, 'http2-settings']);

/** Fields of HTTP/1 messages to mark as sensitive (RFC 7541 section 7.1.3). */
const SENSITIVE: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization']);

interface Adding extends Sending {
  from: Http2Original | undefined;
  /** Replaces the value of `content-length`. */
  length: string | undefined;
  dropsHost: boolean;
}

function addFields(list: FieldList, headers: Headers, { from, length, dropsHost, lowerCase }: Adding): void {
  const nominated = headers.get('connection');
  const options = nominated === undefined ? undefined : optionsOf(nominated);
  let hasLength = false;
  for (const [written, value] of headers) {
    const lower = written.toLowerCase();
    if (lower.charCodeAt(0) === 58 || DROPPED.has(lower) || (dropsHost && lower === 'host')) continue;
    if (lower === 'te') {
      if (optionsOf(value).has('trailers')) list.add('te', 'trailers');
      continue;
    }
    if (options?.has(lower)) continue;
    const name = lowerCase ? lower : written;
    const neverIndexed = from ? from.neverIndexed?.has(lower) === true : SENSITIVE.has(lower);
    if (lower === 'content-length') {
      if (!hasLength) list.add(name, length ?? value);
      hasLength = true;
    } else list.add(name, unfolded(value), neverIndexed);
  }
}

function optionsOf(value: string): Set<string> {
  return new Set(value.split(',').map((option) => option.trim().toLowerCase()));
}

/** HTTP/2 has no folded lines, and no white space around values. */
function unfolded(value: string): string {
  return value.includes('\r') ? value.split('\r\n').map(trimFolds).join(' ') : value;
}
