import { isIP } from 'node:net';
import { asciiHost } from '../../../flow/text/host-name.js';
import { ipBytes, ipText, unbracketed, unmapped, withoutZone } from '../../../flow/text/ip-address.js';

/** A name in a certificate, of the two types that TLS clients check. */
export interface SubjectName {
  kind: 'dns' | 'ip';
  /** A host name in ASCII and lower case, or an IP address in its canonical text without brackets. */
  value: string;
}

/**
 * The certificate name for a host in a URL, a CONNECT or a ClientHello: removes brackets, zone and final dot, converts
 * letters outside ASCII to A-labels (RFC 5890) and an IPv4-mapped address to IPv4.
 * @returns undefined if no certificate can name it
 */
export function subjectName(host: string): SubjectName | undefined {
  const bare = unbracketed(host);
  const address = withoutZone(bare);
  if (isIP(address)) return ipName(ipBytes(unmapped(address)));
  return bare.includes('*') ? undefined : dnsName(bare);
}

/**
 * A host name in a certificate: underscores, and a wildcard in the first label, are allowed.
 * @returns undefined if it is no host name, or longer than 253 characters
 */
export function dnsName(text: string): SubjectName | undefined {
  const dotless = text.endsWith('.') ? text.slice(0, -1) : text;
  const ascii = /^[\x21-\x7e]+$/.test(dotless) ? dotless.toLowerCase() : (asciiHost(dotless) ?? '');
  if (ascii.length > 253 || !/^(?:[a-z0-9_*-]{1,63}\.)?(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/.test(ascii)) {
    return undefined;
  }
  return isIP(ascii) ? undefined : { kind: 'dns', value: ascii };
}

/** @returns undefined unless there are 4 or 16 bytes */
export function ipName(bytes: Buffer): SubjectName | undefined {
  return bytes.length === 4 || bytes.length === 16 ? { kind: 'ip', value: ipText(bytes) } : undefined;
}
