import { isBodiless } from '../../../flow/http/bodiless.js';
import { cut, quoteWire } from '../../../flow/text/quote.js';
import { trimFolds } from '../../../flow/text/white-space.js';
import { ProtocolError } from '../../errors.js';
import { type Framing, NO_BODY } from '../../http/wire.js';
import type { FramingFields } from '../head/framing-fields.js';

/** The registered transfer codings besides `chunked` (RFC 9112 section 7). */
const CODINGS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress']);

/**
 * Requests are read more strictly than responses: servers and proxies behind us that read them differently could be made to
 * see another request (request smuggling).
 * @throws ProtocolError (400) for ambiguous framing
 */
export function requestFraming(head: FramingFields, httpVersion: string, strict: boolean): Framing {
  const framing = declaredFraming(head, httpVersion, strict, 400);
  if (framing?.kind === 'close')
    throw new ProtocolError(400, 'Refused: a request whose last transfer-coding is not chunked');
  return framing ?? NO_BODY;
}

/** @throws ProtocolError (502) for ambiguous framing */
export function responseFraming(
  head: FramingFields,
  httpVersion: string,
  strict: boolean,
  method: string,
  statusCode: number,
): Framing {
  const framing = declaredFraming(head, httpVersion, strict, 502);
  if (isBodiless(method, statusCode)) return NO_BODY;
  return framing ?? { kind: 'close' };
}

function declaredFraming(
  head: FramingFields,
  httpVersion: string,
  strict: boolean,
  status: number,
): Framing | undefined {
  const refuse = (reason: string): never => {
    throw new ProtocolError(status, `Refused: ${reason}`);
  };
  if (head.transferEncoding.length === 0) {
    if (head.contentLength.length === 0) return undefined;
    return lengthFraming(head.contentLength, strict && status === 400, refuse);
  }
  if (strict && head.contentLength.length > 0) refuse('both Content-Length and Transfer-Encoding');
  // After such a response both connections are closed (RFC 9112 section 6.1), see `hasFaultyFraming`.
  if (strict && status === 400 && httpVersion === 'HTTP/1.0') refuse('Transfer-Encoding in HTTP/1.0');
  if (status === 502 && repeatsChunked(head)) return { kind: 'chunked' };
  const codings = head.transferEncoding
    .join(',')
    .split(',')
    .map((coding) => trimFolds(coding).toLowerCase());
  const chunked = codings.indexOf('chunked');
  if (chunked >= 0 && chunked !== codings.length - 1) {
    const isTwice = codings.at(-1) === 'chunked';
    refuse(isTwice ? 'a Transfer-Encoding with chunked twice' : 'a Transfer-Encoding in which chunked is not last');
  }
  // A recipient that compares the whole value would not recognise `chunked` after an unknown or empty coding.
  const others = chunked < 0 ? codings : codings.slice(0, -1);
  if (strict && !others.every((coding) => (chunked < 0 && coding === 'identity') || CODINGS.has(coding))) {
    refuse(`unknown Transfer-Encoding ${quoteWire(head.transferEncoding.join(', '))}`);
  }
  return { kind: chunked < 0 ? 'close' : 'chunked' };
}

/** Whether lines with `Transfer-Encoding: chunked` are repeated. Browsers and most clients decode such a body once. */
export function repeatsChunked({ transferEncoding }: FramingFields): boolean {
  return transferEncoding.length > 1 && transferEncoding.every((coding) => coding.toLowerCase() === 'chunked');
}

/** Whether the connection must be closed after the message, because HTTP/1.0 has no `Transfer-Encoding` (RFC 9112 section 6.1). */
export function hasFaultyFraming(httpVersion: string, hasTransferEncoding: boolean): boolean {
  return httpVersion === 'HTTP/1.0' && hasTransferEncoding;
}

/** @param strict refuse leading zeros, which some recipients read as octal */
function lengthFraming(values: readonly string[], strict: boolean, refuse: (reason: string) => never): Framing {
  const text = trimFolds(values[0]!);
  if (values.some((value) => trimFolds(value) !== text)) refuse('two different values of Content-Length');
  if (!(strict ? /^(0|[1-9]\d*)$/ : /^\d+$/).test(text)) refuse(`Content-Length ${quoteWire(values.join(', '))}`);
  const length = Number(text);
  if (!Number.isSafeInteger(length)) refuse(`Content-Length ${cut(text)} is too large`);
  return length === 0 ? NO_BODY : { kind: 'length', length };
}
