import { withHost } from '../flow/http/authority.js';
import type { HttpRequest } from '../flow/http/http-request.js';
import { readableHost } from '../flow/text/host-name.js';
import { fromWire } from '../flow/text/wire-text.js';

// Untrusted text must not reach a terminal unchanged: control characters (C0, DEL, C1) can move the cursor, set titles or make
// the terminal send input, and bidirectional controls (UAX #9) reorder the text on screen.
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;
const ALL_UNSAFE = new RegExp(UNSAFE, 'g');
const UNSAFE_EXCEPT_TAB = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;
const ALL_UNSAFE_EXCEPT_TAB = new RegExp(UNSAFE_EXCEPT_TAB, 'g');
const NOT_ASCII = /[^\x20-\x7e]/;
const NOT_PLAIN = /[^\x20-\x5b\x5d-\x7e]/;
const ALL_NOT_PLAIN = /[^\x20-\x5b\x5d-\x7e]/g;

/** Text for one line: each control character becomes a full stop. */
export function safeText(text: string): string {
  return UNSAFE.test(text) ? text.replace(ALL_UNSAFE, '.') : text;
}

/** A line of a message with readable escapes for control characters: `\x1b`, `\u202e`. Tabs stay. */
export function escapedText(line: string): string {
  return UNSAFE_EXCEPT_TAB.test(line) ? line.replace(ALL_UNSAFE_EXCEPT_TAB, escaped) : line;
}

/** `safeText` for a line of content: tabs stay. */
export function safeContentLine(line: string): string {
  return UNSAFE_EXCEPT_TAB.test(line) ? line.replace(ALL_UNSAFE_EXCEPT_TAB, '.') : line;
}

/** `safeText` for latin1 text from a head, shown as UTF-8 if the bytes are valid UTF-8. */
export function safeWireText(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  return safeText(fromWire(text));
}

/** The URL of a request for one line, its host in Unicode. @param showHost use the host that the client named */
export function safeUrl(request: HttpRequest, showHost: boolean): string {
  const url = safeWireText(showHost ? request.prettyUrl : request.url);
  if (!/xn--/i.test(url)) return url;
  const host = showHost && request.method !== 'CONNECT' ? request.prettyHost : request.host;
  return withHost(url, host, readableHost(host));
}

/** Latin1 text of a field line, with all but printable ASCII escaped as in Python or C: `\r`, `\xe9`, `\\`. */
export function escapedBytes(text: string): string {
  return NOT_PLAIN.test(text) ? text.replace(ALL_NOT_PLAIN, escaped) : text;
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
