import type { DnsMessage, DnsQuestion, DnsRecord } from '../../flow/dns-message.js';
import { opCodeName, recordText, responseCodeName, typeName } from '../dns-lines.js';
import { safeText } from '../safe-text.js';
import { parseDnsMessage } from './dns-wire.js';
import type { WholeView } from './view.js';

/** Messages of DNS over HTTPS (RFC 8484). */
export const dnsView: WholeView = {
  name: 'dns',
  whole: true,
  matchesType: ({ essence }) => essence === 'application/dns-message',
  matchesContent: () => false,
  format(content) {
    try {
      return linesOf(parseDnsMessage(content));
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  },
};

function linesOf(message: DnsMessage): string[] {
  const { id, opCode, responseCode, query, questions } = message;
  const flags = Object.entries(FLAGS).filter(([name]) => message[name as keyof typeof FLAGS]);
  const head = ['DNS', opCodeName(opCode), query ? 'query' : responseCodeName(responseCode), `id ${id}`];
  const lines = [`${[...head, ...flags.map(([, flag]) => flag)].join(' ')}\n`];
  for (const question of questions) lines.push(`question: ${named(question)}\n`);
  for (const [section, title] of SECTIONS) {
    for (const record of message[section]) lines.push(`${title}: ${described(record)}\n`);
  }
  return lines;
}

const FLAGS = {
  authoritativeAnswer: 'aa',
  truncation: 'tc',
  recursionDesired: 'rd',
  recursionAvailable: 'ra',
} as const;

const SECTIONS = [
  ['answers', 'answer'],
  ['authorities', 'authority'],
  ['additionals', 'additional'],
] as const;

function named({ name, type }: DnsQuestion): string {
  return `${name === '' ? '.' : safeText(name)} ${typeName(type)}`;
}

function described(record: DnsRecord): string {
  return `${named(record)} ${safeText(recordText(record))} (ttl ${record.ttl})`;
}
