import { domainToASCII, domainToUnicode, isIPv6, isUtf8 } from '../runtime.js';

/**
 * A host in the form in which it is looked up, sent as SNI, certified and compared: labels outside ASCII become A-labels
 * (UTS 46, RFC 5890). What is ASCII keeps its case and its final dot.
 * @param text a name or an address without brackets; it may be percent-encoded (RFC 3986 section 3.2.2)
 * @returns undefined if no host can have this name
 */
export function asciiHost(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  if (text.includes(':')) return isIPv6(text) ? text : undefined;
  const decoded = text.includes('%') ? percentDecoded(text) : text;
  if (decoded === undefined || decoded === '' || FORBIDDEN.test(decoded)) return undefined;
  if (!NOT_ASCII.test(decoded)) return decoded;
  // Punycode takes quadratic time, and no name is so long.
  if (decoded.length > LONGEST) return undefined;
  const ascii = domainToASCII(decoded);
  return ascii.length <= 254 && DNS_NAME.test(ascii) ? ascii : undefined;
}

/** The same for a host that was read from the wire: each character of the text is one byte, and the bytes are UTF-8. */
export function hostFromWire(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  // What is not one byte a character was set by an addon, and is text already.
  if (NOT_LATIN1.test(text)) return asciiHost(text);
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? asciiHost(bytes.toString()) : undefined;
}

/** A host of a capture: as it was on the wire, or in Unicode; text that no host can have stays. */
export function normalizedHost(text: string): string {
  return hostFromWire(text) ?? asciiHost(text) ?? text;
}

/** A host for people: A-labels become Unicode, unless they would not become the same A-labels again. */
export function readableHost(host: string): string {
  if (host.length > LONGEST || !A_LABEL.test(host)) return host;
  const text = domainToUnicode(host);
  return text !== '' && domainToASCII(text) === host.toLowerCase() ? text : host;
}

/** A name without the dot of the root (RFC 1034 section 3.1): rules are written for names, whichever way a client writes them. */
export function withoutFinalDot(host: string): string {
  return host.length > 1 && host.endsWith('.') ? host.slice(0, -1) : host;
}

/** The key of a host in tables: two names of one host have the same. */
export function hostKey(host: string): string {
  return withoutFinalDot(host).toLowerCase();
}

/** Tries what rules written by people may say of a host: its name in ASCII, and in Unicode where that is another. */
export function someHostForm(host: string, test: (form: string) => boolean): boolean {
  const name = withoutFinalDot(host);
  if (test(name)) return true;
  const readable = readableHost(name);
  return readable !== name && test(readable);
}

/** Characters of a name; in ASCII it has 253 at most, but UTS 46 joins and leaves out some. */
const LONGEST = 500;
/** Nearly all hosts; IPv4 addresses among them. */
const PLAIN = /^[\w.-]+$/;
const NOT_ASCII = /[^\0-\x7f]/;
const NOT_LATIN1 = /[^\0-\xff]/;
const A_LABEL = /(?:^|\.)xn--/i;
/** Forbidden domain code points of the URL standard. The URL parser would cut a name off at some of them. */
const FORBIDDEN = /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/;
/** RFC 1035 section 2.3.4, with the underscores that are in use. */
const DNS_NAME = /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?$/;

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
