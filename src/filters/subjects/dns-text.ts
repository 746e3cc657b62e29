import type { DnsMessage, DnsRecord } from '../../flow/index.js';
import { readableHost } from '../../flow/text/host-name.js';
import { ipText } from '../../flow/text/ip-address.js';

/** The questions and records of a DNS message as UTF-8 text, one per line. */
export function dnsText({ questions, answers, authorities, additionals }: DnsMessage): Buffer {
  const records = [...answers, ...authorities, ...additionals];
  return Buffer.from([...questions.map(({ name }) => name), ...records.map(recordText)].join('\r\n'));
}

/** Record types whose data has a text form (RFC 1035 section 3.2.2, RFC 3596). */
const TYPES: Readonly<Record<number, { name: string; format: (data: Buffer) => string | undefined }>> = {
  1: { name: 'A', format: (data) => (data.length === 4 ? data.join('.') : undefined) },
  2: { name: 'NS', format: domainName },
  5: { name: 'CNAME', format: domainName },
  12: { name: 'PTR', format: domainName },
  16: { name: 'TXT', format: utf8 },
  28: { name: 'AAAA', format: (data) => (data.length === 16 ? ipText(data) : undefined) },
};

function recordText({ type, data }: DnsRecord): string {
  const known = TYPES[type];
  if (!known) return `0x${data.toString('hex')}`;
  return known.format(data) ?? `0x${data.toString('hex')} (invalid ${known.name} data)`;
}

function utf8(data: Buffer): string | undefined {
  const text = data.toString();
  return Buffer.from(text).equals(data) ? text : undefined;
}

/**
 * Decodes a name of labels (RFC 1035 section 3.1). A name with a compression pointer needs its message, so it is not
 * decoded.
 */
function domainName(data: Buffer): string | undefined {
  const labels: string[] = [];
  let at = 0;
  for (;;) {
    const length = data[at++];
    if (length === undefined || length > 63 || at + length > data.length) return undefined;
    if (length === 0) return at === data.length ? labels.join('.') : undefined;
    const label = data.subarray(at, at + length);
    if (label.some((byte) => byte > 127)) return undefined;
    const text = label.toString('latin1');
    labels.push(readableHost(text));
    at += length;
  }
}
