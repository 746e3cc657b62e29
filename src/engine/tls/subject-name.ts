import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

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
  const bare = host.replace(/^\[(.*:.*)\]$/, '$1');
  const address = bare.replace(/%.*$/, '');
  if (isIP(address)) return ipName(ipToBytes(address.replace(/^::ffff:(?=\d+\.)/i, '')));
  return bare.includes('*') ? undefined : dnsName(bare);
}

/**
 * A host name as a certificate has it: underscores and a wildcard in the first label are allowed.
 * @returns undefined if it is no host name, or more than 253 characters
 */
export function dnsName(text: string): SubjectName | undefined {
  const dotless = text.endsWith('.') ? text.slice(0, -1) : text;
  const ascii = /^[\x21-\x7e]+$/.test(dotless) ? dotless.toLowerCase() : domainToASCII(dotless);
  if (ascii.length > 253 || !/^(?:[a-z0-9_*-]{1,63}\.)?(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/.test(ascii)) {
    return undefined;
  }
  return isIP(ascii) ? undefined : { kind: 'dns', value: ascii };
}

/** @returns undefined unless there are 4 or 16 bytes */
export function ipName(bytes: Buffer): SubjectName | undefined {
  if (bytes.length === 4) return { kind: 'ip', value: bytes.join('.') };
  if (bytes.length !== 16) return undefined;
  const groups = bytes.toString('hex').match(/.{4}/g)!;
  return { kind: 'ip', value: new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1) };
}

/** The bytes of an IP address in network order. @param address as `isIP` accepts it, without a zone */
export function ipToBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // The URL parser gives the one canonical form: no dotted quad, at most one `::`.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head, tail] = canonical.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const missing = tail ? 8 - head!.length - tail.length : 0;
  const groups = [...head!, ...Array<string>(missing).fill('0'), ...(tail ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
