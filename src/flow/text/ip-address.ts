import { isIP } from '../runtime.js';

/** Converts an IPv4-mapped address (`::ffff:10.0.0.1`), as dual-stack sockets report it, to IPv4. */
export function unmapped(address: string): string {
  return address.startsWith('::') ? address.replace(/^::ffff:(?=\d+\.)/i, '') : address;
}

/** Removes the brackets around an IPv6 address; other text is unchanged. */
export function unbracketed(host: string): string {
  const isBracketed = host.startsWith('[') && host.endsWith(']') && host.includes(':');
  return isBracketed ? host.slice(1, -1) : host;
}

/** An address without its zone (RFC 4007 section 11). */
export function withoutZone(address: string): string {
  const percent = address.indexOf('%');
  return percent < 0 ? address : address.slice(0, percent);
}

/** The canonical text of an address. @param bytes 4 or 16, in network order */
export function ipText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  return canonical(groups.join(':'));
}

/** The bytes of an address in network order. @param address as `isIP` accepts it, without a zone */
export function ipBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head, tail] = canonical(address)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  const missing = tail ? 8 - head!.length - tail.length : 0;
  const groups = [...head!, ...Array<string>(missing).fill('0'), ...(tail ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** The URL parser yields the canonical form (RFC 5952): no dotted quad, at most one `::`. */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
