import type { Headers } from '../../../flow/http/headers.js';
import type { Framing } from '../../http/wire.js';

/** A body that is complete when its head is sent. */
interface WholeBody {
  /** Bytes. */
  readonly size: number;
  /** Whether trailers follow it, and the receiver supports chunks. */
  readonly trailers?: boolean;
}

/**
 * Adapts the fields to the framing in which the body will be sent. A streamed body keeps its framing regardless of an addon's
 * changes to the fields; a held one is sent with a length, or as one chunk if it was received in chunks or has trailers.
 * @param framing of the body at its source
 * @param whole the body, if it was held
 * @param isResponse a response without a length would last until the connection closes, a request has no body then
 * @returns true if the body must be written as one chunk
 */
export function setFramingFields(
  headers: Headers,
  framing: Framing,
  whole: WholeBody | undefined,
  isResponse = false,
): boolean {
  if (whole) return frameWhole(headers, framing, whole, isResponse);
  if (framing.kind === 'none') {
    if (isResponse || headers.changed) setLength(headers, 0, !isResponse);
  } else if (framing.kind === 'stream') {
    headers.delete('content-length');
    endInChunked(headers);
  } else if (headers.changed) restoreFraming(headers, framing);
  return false;
}

/** @returns true if the body must be written as one chunk */
function frameWhole(headers: Headers, framing: Framing, { size, trailers }: WholeBody, isResponse: boolean): boolean {
  const implied = !isResponse && framing.kind === 'none' && size === 0;
  const hasChunks = endsInChunked(headers);
  // If an addon removed `Transfer-Encoding` of a chunked message, it is sent with a length.
  const isChunked = framing.kind === 'chunked';
  if (hasChunks ? isChunked || trailers : trailers && !isChunked && !implied) {
    headers.delete('content-length');
    if (!hasChunks) headers.set('Transfer-Encoding', 'chunked');
    return true;
  }
  setLength(headers, size, implied);
  return false;
}

/** Sets the fields of a streamed body, which an addon may have changed, to its framing at the source. */
function restoreFraming(headers: Headers, framing: Framing): void {
  if (framing.kind === 'length') return setLength(headers, framing.length, false);
  headers.delete('content-length');
  if (framing.kind === 'chunked' && !endsInChunked(headers)) headers.set('Transfer-Encoding', 'chunked');
  if (framing.kind === 'close' && endsInChunked(headers)) headers.delete('transfer-encoding');
}

/** Adapts the fields to a body that ends with the connection, regardless of its framing at the source. */
export function endWithConnection(headers: Headers): void {
  headers.delete('content-length');
  if (endsInChunked(headers)) headers.delete('transfer-encoding');
  if (headers.has('connection')) headers.set('Connection', 'close');
}

/** Adds the coding `chunked` after all others. */
function endInChunked(headers: Headers): void {
  if (endsInChunked(headers)) return;
  const codings = headers.get('transfer-encoding');
  headers.set('Transfer-Encoding', codings ? `${codings}, chunked` : 'chunked');
}

function endsInChunked(headers: Headers): boolean {
  return /(^|,)[ \t]*chunked[ \t]*$/i.test(headers.get('transfer-encoding') ?? '');
}

/** @param implied a missing length means the same, so the field is not added */
function setLength(headers: Headers, length: number, implied: boolean): void {
  headers.delete('transfer-encoding');
  if (implied && !headers.has('content-length')) return;
  if (headers.get('content-length') !== String(length)) headers.set('Content-Length', String(length));
}
