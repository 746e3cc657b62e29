import type { DnsMessage, DnsRecord } from '../flow/dns-message.js';
import type { DnsFlow } from '../flow/flow.js';
import { ipText } from '../flow/text/ip-address.js';
import { clientName } from './http-lines.js';
import { safeText } from './safe-text.js';
import type { Styles } from './styles.js';

/** `CLIENT: DNS QUERY (A) name`, and its answers, response code or error. */
export function dnsLines(flow: DnsFlow, styles: Styles): string {
  const client = flow.isReplay === 'request' ? styles.replay(clientName(flow)) : clientName(flow);
  let text = `${client}: ${query(flow.request, styles)}\n`;
  if (flow.response) text += `${styles.strong(' <<')} ${answer(flow.response, styles)}\n`;
  if (flow.error) text += `${styles.bad(` << ${safeText(flow.error.message)}`)}\n`;
  return text;
}

function query(message: DnsMessage, styles: Styles): string {
  const question = message.questions[0];
  const type = question ? typeName(question.type) : 'no question';
  const style = type === 'A' ? styles.good : type === 'AAAA' ? styles.notable : styles.bad;
  const line = `${style(`DNS ${opCodeName(message.opCode)} (${type})`)}`;
  return question ? `${line} ${styles.strong(safeText(question.name))}` : line;
}

function answer(message: DnsMessage, styles: Styles): string {
  if (message.answers.length === 0) return styles.bad(responseCodeName(message.responseCode));
  return message.answers.map((record) => styles.answer(safeText(recordText(record)))).join(', ');
}

/** The data of a resource record, as in a zone file (RFC 1035 section 5); hexadecimal if the type is unknown. */
export function recordText(record: DnsRecord): string {
  return READERS[record.type]?.(record.data) ?? `0x${record.data.toString('hex')}`;
}

const READERS: Readonly<Record<number, (data: Buffer) => string | undefined>> = {
  1: (data) => (data.length === 4 ? data.join('.') : undefined),
  2: domainName,
  5: domainName,
  12: domainName,
  15: (data) => numbered(data, 1),
  16: characterStrings,
  28: (data) => (data.length === 16 ? ipText(data) : undefined),
  33: (data) => numbered(data, 3),
  39: domainName,
};

/** Parses a name without compression. */
function domainName(data: Buffer): string | undefined {
  const labels: string[] = [];
  for (let at = 0; at < data.length; ) {
    const length = data[at]!;
    if (length === 0) return at === data.length - 1 ? labels.join('.') || '.' : undefined;
    if (length > 63 || at + 1 + length > data.length) return undefined;
    labels.push(data.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return undefined;
}

/** Parses 16-bit numbers and a name, as in MX and SRV. */
function numbered(data: Buffer, count: number): string | undefined {
  if (data.length <= 2 * count) return undefined;
  const name = domainName(data.subarray(2 * count));
  const numbers = Array.from({ length: count }, (_, index) => data.readUInt16BE(2 * index));
  return name && [...numbers, name].join(' ');
}

function characterStrings(data: Buffer): string | undefined {
  const strings: string[] = [];
  for (let at = 0; at < data.length; at += 1 + data[at]!) {
    if (at + 1 + data[at]! > data.length) return undefined;
    strings.push(JSON.stringify(data.toString('utf8', at + 1, at + 1 + data[at]!)));
  }
  return strings.join(' ');
}

/** `A`; `TYPE65280` if it has no name (RFC 3597). */
export function typeName(type: number): string {
  return nameOf(TYPES, type, 'TYPE');
}

export function opCodeName(opCode: number): string {
  return nameOf(OPCODES, opCode, 'OPCODE');
}

export function responseCodeName(code: number): string {
  return nameOf(RESPONSE_CODES, code, 'RCODE');
}

function nameOf(names: Readonly<Record<number, string>>, value: number, otherwise: string): string {
  return names[value] ?? `${otherwise}${value}`;
}

const OPCODES: Readonly<Record<number, string>> = { 0: 'QUERY', 1: 'IQUERY', 2: 'STATUS', 4: 'NOTIFY', 5: 'UPDATE' };

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  39: 'DNAME',
  43: 'DS',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  52: 'TLSA',
  64: 'SVCB',
  65: 'HTTPS',
  255: 'ANY',
  257: 'CAA',
};

const RESPONSE_CODES: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
};
