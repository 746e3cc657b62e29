import { isToken } from '../../flow/http/token.js';
import { PREFACE } from '../http2/frames/constants.js';
import { beginsHandshake } from '../net/tls-record.js';

/** The protocol of a connection, as far as its first bytes show. */
export type Protocol = 'tls' | 'http1' | 'http2' | 'other' | 'undecided';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT']);
/** Maximum bytes of a first line to wait for; a longer one is judged by its beginning. */
const LINE_LIMIT = 8192;

/**
 * Detects the protocol from the client's first bytes, without consuming them. `undecided` means that more bytes are
 * needed.
 */
export function detect(bytes: Buffer): Protocol {
  if (bytes.length === 0) return 'undecided';
  const handshake = beginsHandshake(bytes);
  if (handshake !== false) return handshake ? 'tls' : 'undecided';
  const end = bytes.indexOf(10);
  const line = bytes.toString('latin1', 0, Math.min(end < 0 ? bytes.length : end + 1, LINE_LIMIT));
  if (PREFACE.startsWith(bytes.toString('latin1', 0, PREFACE.length))) {
    return bytes.length >= PREFACE.length ? 'http2' : 'undecided';
  }
  const space = line.indexOf(' ');
  const method = space < 0 ? line : line.slice(0, space);
  if (!/^[A-Za-z]/.test(method) || !isToken(method)) return 'other';
  if (end >= 0) return / HTTP\/\d\.\d\r?\n$/.test(line) || isFamiliar(method, line, space) ? 'http1' : 'other';
  if (isFamiliar(method, line, space)) return 'http1';
  if (line.length >= LINE_LIMIT) return space > 0 && line[space + 1] === '/' ? 'http1' : 'other';
  return space < 0 && line.length > 64 ? 'other' : 'undecided';
}

/** The same for a client of an explicit proxy: anything but TLS and SOCKS (`other`) is HTTP/1. */
export function detectExplicit(bytes: Buffer): Protocol {
  if (bytes[0] === 4 || bytes[0] === 5) return 'other';
  const protocol = detectRaw(bytes);
  return protocol === 'other' ? 'http1' : protocol;
}

/** The same if such a client may also speak HTTP/2 without TLS. */
export function detectExplicitOrHttp2(bytes: Buffer): Protocol {
  const text = bytes.toString('latin1', 0, PREFACE.length);
  if (text === PREFACE) return 'http2';
  return text !== '' && PREFACE.startsWith(text) ? 'undecided' : detectExplicit(bytes);
}

/** The same for a client of a reverse proxy: for `other`, a first line that is not a request line, no response is possible. */
export function detectRequest(bytes: Buffer): Protocol {
  const protocol = detectExplicitOrHttp2(bytes);
  if (protocol !== 'http1') return protocol;
  const end = bytes.indexOf(10);
  const isWord = /^[A-Za-z]/.test(bytes.toString('latin1', 0, 1));
  return isWord && end >= 0 && end < LINE_LIMIT && detect(bytes) === 'other' ? 'other' : 'http1';
}

/** Detects only TLS; for connections that are otherwise relayed as bytes. */
export function detectRaw(bytes: Buffer): Protocol {
  const handshake = beginsHandshake(bytes);
  if (handshake === false) return 'other';
  return handshake ? 'tls' : 'undecided';
}

/** A known method and the start of a target suffice, even if the rest of the line is missing or damaged. */
function isFamiliar(method: string, line: string, space: number): boolean {
  return space > 0 && METHODS.has(method) && /^(\/|\*|https?:)/i.test(line.slice(space + 1, space + 8));
}
