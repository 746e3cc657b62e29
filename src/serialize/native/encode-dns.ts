import type { DnsMessage, DnsQuestion, DnsRecord } from '../../flow/dns-message.js';
import type { MessagePackEncoder } from './msgpack-encoder.js';

const SECTIONS = ['questions', 'answers', 'authorities', 'additionals'] as const;

/** Writes a DNS message under a key. */
export function encodeDns(out: MessagePackEncoder, key: string, message: DnsMessage): void {
  out.beginMapAt(key);
  out.number('timestamp', message.timestamp);
  out.number('id', message.id);
  out.boolean('query', message.query);
  out.number('opCode', message.opCode);
  out.boolean('authoritativeAnswer', message.authoritativeAnswer);
  out.boolean('truncation', message.truncation);
  out.boolean('recursionDesired', message.recursionDesired);
  out.boolean('recursionAvailable', message.recursionAvailable);
  out.number('reserved', message.reserved);
  out.number('responseCode', message.responseCode);
  for (const section of SECTIONS) {
    const records: readonly (DnsQuestion | DnsRecord)[] = message[section];
    if (records.length === 0) continue;
    out.beginList(section, records.length);
    for (const record of records) encodeRecord(out, record);
  }
  out.endMap();
}

function encodeRecord(out: MessagePackEncoder, record: DnsQuestion | DnsRecord): void {
  out.beginMap();
  out.text('name', record.name);
  out.number('type', record.type);
  out.number('class', record.class);
  if ('data' in record) {
    out.number('ttl', record.ttl);
    out.binary('data', record.data);
  }
  out.endMap();
}
