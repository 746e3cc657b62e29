import { domainToASCII, domainToUnicode, isIPv6, isUtf8 } from '../runtime.js';

/**
 * The ASCII form of a host, which is used for DNS, SNI, certificates and comparison: labels outside ASCII become A-labels
 * (UTS 46, RFC 5890). An ASCII host keeps its case and its final dot.
 * @param text a name, or an address without brackets; it may be percent-encoded (RFC 3986 section 3.2.2)
 * @returns undefined if it is not a valid host
 */
export function asciiHost(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  if (text.includes(':')) return isIPv6(text) ? text : undefined;
  const decoded = text.includes('%') ? percentDecoded(text) : text;
  if (decoded === undefined || decoded === '' || FORBIDDEN.test(decoded)) return undefined;
  if (!NOT_ASCII.test(decoded)) return decoded;
  // Punycode takes quadratic time, and no valid name is this long.
  if (decoded.length > LONGEST) return undefined;
  const ascii = domainToASCII(decoded);
  return isDnsName(ascii) ? ascii : undefined;
}

/** The ASCII form of a host in an option. Unlike a host in traffic, it has to be an address or a name that DNS can look up. */
export function dnsHost(text: string): string | undefined {
  const host = asciiHost(text);
  return host !== undefined && (isIPv6(host) || isDnsName(host)) ? host : undefined;
}

/** The ASCII form of a host from the wire: each character of the text is one byte, and the bytes are UTF-8. */
export function hostFromWire(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  // Text outside latin1 cannot come from the wire: an addon set it, and it is decoded already.
  if (NOT_LATIN1.test(text)) return asciiHost(text);
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? asciiHost(bytes.toString()) : undefined;
}

/** The ASCII form of a host in a capture, which may hold wire bytes or Unicode. Text that is not a valid host is unchanged. */
export function normalizedHost(text: string): string {
  return hostFromWire(text) ?? asciiHost(text) ?? text;
}

/** A host for display: A-labels become Unicode, if that converts back to the same A-labels. */
export function readableHost(host: string): string {
  if (host.length > LONGEST || !A_LABEL.test(host)) return host;
  const text = domainToUnicode(host);
  return text !== '' && domainToASCII(text) === host.toLowerCase() ? text : host;
}

/** A name without the final dot of the root (RFC 1034 section 3.1), so that rules match however a client writes the name. */
export function withoutFinalDot(host: string): string {
  return host.length > 1 && host.endsWith('.') ? host.slice(0, -1) : host;
}

/** The key of a host in maps: equal for spellings that differ in case or the final dot. */
export function hostKey(host: string): string {
  return withoutFinalDot(host).toLowerCase();
}

/** Applies a test of a user's rule to the ASCII form of a host, and to its Unicode form if that differs. */
export function someHostForm(host: string, test: (form: string) => boolean): boolean {
  const name = withoutFinalDot(host);
  if (test(name)) return true;
  const readable = readableHost(name);
  return readable !== name && test(readable);
}

/** Characters of a name before conversion. The ASCII form has at most 253, but UTS 46 maps some sequences to fewer characters. */
const LONGEST = 500;
/** The fast path for nearly all hosts, IPv4 addresses included. */
const PLAIN = /^[\w.-]+$/;
const NOT_ASCII = /[^\0-\x7f]/;
const NOT_LATIN1 = /[^\0-\xff]/;
const A_LABEL = /(?:^|\.)xn--/i;
/** Forbidden domain code points of the URL standard. The URL parser truncates a name at some of them. */
const FORBIDDEN = /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/;
/** RFC 1035 section 2.3.4, with underscores, which occur in practice. */
const DNS_NAME = /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?$/i;

function isDnsName(ascii: string): boolean {
  return withoutFinalDot(ascii).length <= 253 && DNS_NAME.test(ascii);
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
