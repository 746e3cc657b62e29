import { isIP } from 'node:net';
import { asciiHost } from '../../../flow/text/host-name.js';
import { ipBytes, ipText, unbracketed, unmapped, withoutZone } from '../../../flow/text/ip-address.js';

/** A name that a certificate stands for, of the two kinds that TLS clients check. */
export interface SubjectName {
  kind: 'dns' | 'ip';
  /** A host name in ASCII and lower case, or an IP address in its canonical text without brackets. */
  value: string;
}

/**
 * The name that a certificate needs for a host as it stands in an URL, a CONNECT or a ClientHello: brackets, zone and
 * final dot are taken off, letters outside ASCII become an A-label (RFC 5890), a mapped IPv4 address becomes IPv4.
 * @returns undefined if no certificate can name it
 */
export function subjectName(host: string): SubjectName | undefined {
  const bare = unbracketed(host);
  const address = withoutZone(bare);
  if (isIP(address)) return ipName(ipBytes(unmapped(address)));
  return bare.includes('*') ? undefined : dnsName(bare);
}

/**
 * A host name as a certificate has it: underscores and a wildcard in the first label are allowed.
 * @returns undefined if it is no host name, or more than 253 characters
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
