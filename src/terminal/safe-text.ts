import { isUtf8 } from 'node:buffer';
import { withHost } from '../flow/http/authority.js';
import type { HttpRequest } from '../flow/http/http-request.js';
import { readableHost } from '../flow/text/host-name.js';

// What comes from the network must not reach a terminal as it is: control characters (C0, DEL, C1) can move the cursor,
// set titles or answer back, and the bidirectional ones (UAX #9) show text in another order than it has.
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;
const ALL_UNSAFE = new RegExp(UNSAFE, 'g');
const UNSAFE_EXCEPT_TAB = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;
const ALL_UNSAFE_EXCEPT_TAB = new RegExp(UNSAFE_EXCEPT_TAB, 'g');
const NOT_ASCII = /[^\x20-\x7e]/;
const NOT_PLAIN = /[^\x20-\x5b\x5d-\x7e]/;
const ALL_NOT_PLAIN = /[^\x20-\x5b\x5d-\x7e]/g;

/** Text for one line: each character that a terminal might obey becomes a full stop. */
export function safeText(text: string): string {
  return UNSAFE.test(text) ? text.replace(ALL_UNSAFE, '.') : text;
}

/** A line of a message, with what a terminal might obey as escapes that can be read: `\x1b`, `\u202e`. Tabs stay. */
export function escapedText(line: string): string {
  return UNSAFE_EXCEPT_TAB.test(line) ? line.replace(ALL_UNSAFE_EXCEPT_TAB, escaped) : line;
}

/** As `safeText`, for a line of content, where tabs stay. */
export function safeContentLine(line: string): string {
  return UNSAFE_EXCEPT_TAB.test(line) ? line.replace(ALL_UNSAFE_EXCEPT_TAB, '.') : line;
}

/** Latin1 text of a head, for one line: shown as UTF-8 if its bytes are that, without control characters. */
export function safeWireText(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  return safeText(fromWire(text));
}

/** The URL of a request for one line, its host in Unicode. @param showHost the host that the client asked for */
export function safeUrl(request: HttpRequest, showHost: boolean): string {
  const url = safeWireText(showHost ? request.prettyUrl : request.url);
  if (!/xn--/i.test(url)) return url;
  const host = showHost && request.method !== 'CONNECT' ? request.prettyHost : request.host;
  return withHost(url, host, readableHost(host));
}

/** Latin1 text of a field line with all but printable ASCII escaped as in a string of Python or C: `\r`, `\xe9`, `\\`. */
export function escapedBytes(text: string): string {
  return NOT_PLAIN.test(text) ? text.replace(ALL_NOT_PLAIN, escaped) : text;
}

function fromWire(text: string): string {
  // What is not one byte a character was set by an addon, and is text already.
  if (/[^\0-\xff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : text;
}

function escaped(character: string): string {
  switch (character) {
    case '\\':
      return '\\\\';
    case '\t':
      return '\\t';
    case '\r':
      return '\\r';
    case '\n':
      return '\\n';
    default: {
      const code = character.charCodeAt(0);
      return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`;
    }
  }
}
