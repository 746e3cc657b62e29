import type { DnsMessage, DnsQuestion, DnsRecord } from '../../flow/dns-message.js';
import { TAG } from './tnetstring/tnetstring.js';
import type { TnetstringEncoder } from './tnetstring/tnetstring-encoder.js';

/** Writes a DNS message, from the last entry to the first. */
export function encodeDns(out: TnetstringEncoder, message: DnsMessage): void {
  const map = out.open(TAG.dictionary);
  for (const section of ['additionals', 'authorities', 'answers', 'questions'] as const) {
    const records: readonly (DnsQuestion | DnsRecord)[] = message[section];
    const list = out.open(TAG.list);
    for (let at = records.length - 1; at >= 0; at--) encodeRecord(out, records[at]!);
    out.close(list);
    out.key(section);
  }
  out.integer(message.responseCode);
  out.key('response_code');
  out.integer(message.reserved);
  out.key('reserved');
  out.boolean(message.recursionAvailable);
  out.key('recursion_available');
  out.boolean(message.recursionDesired);
  out.key('recursion_desired');
  out.boolean(message.truncation);
  out.key('truncation');
  out.boolean(message.authoritativeAnswer);
  out.key('authoritative_answer');
  out.integer(message.opCode);
  out.key('op_code');
  out.boolean(message.query);
  out.key('query');
  out.integer(message.id);
  out.key('id');
  out.float(message.timestamp);
  out.key('timestamp');
  out.close(map);
}

function encodeRecord(out: TnetstringEncoder, record: DnsQuestion | DnsRecord): void {
  const map = out.open(TAG.dictionary);
  if ('data' in record) {
    out.bytes(record.data);
    out.key('data');
    out.integer(record.ttl);
    out.key('ttl');
  }
  out.integer(record.class);
  out.key('class_');
  out.integer(record.type);
  out.key('type');
  out.text(record.name);
  out.key('name');
  out.close(map);
}
