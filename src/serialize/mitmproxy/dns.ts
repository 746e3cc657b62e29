import { type DnsMessage, type DnsQuestion, type DnsRecord, newDnsMessage } from '../../flow/dns-message.js';
import { FieldError } from '../shared/field-error.js';
import { TAG } from './tnetstring/tnetstring.js';
import type { TnetstringDecoder } from './tnetstring/tnetstring-decoder.js';
import type { TnetstringEncoder } from './tnetstring/tnetstring-encoder.js';

/** The property of `DnsMessage` for each key. */
const KEYS: Readonly<Record<string, keyof DnsMessage>> = {
  id: 'id',
  query: 'query',
  op_code: 'opCode',
  authoritative_answer: 'authoritativeAnswer',
  truncation: 'truncation',
  recursion_desired: 'recursionDesired',
  recursion_available: 'recursionAvailable',
  reserved: 'reserved',
  response_code: 'responseCode',
  questions: 'questions',
  answers: 'answers',
  authorities: 'authorities',
  additionals: 'additionals',
  timestamp: 'timestamp',
};
const MESSAGE_KEYS = Object.keys(KEYS).length;

/** @throws FieldError or TnetstringError */
export function decodeDns(input: TnetstringDecoder): DnsMessage {
  const message = newDnsMessage();
  let seen = 0;
  const end = input.enter(TAG.dictionary);
  while (input.at < end) {
    const key = KEYS[input.key()];
    seen++;
    if (readDnsField(input, message, key)) continue;
    switch (key) {
      case 'questions':
        message.questions = decodeList(input, decodeQuestion);
        break;
      case 'answers':
      case 'authorities':
      case 'additionals':
        message[key] = decodeList(input, decodeRecord);
        break;
      default:
        seen--;
        input.item();
    }
  }
  input.leave(end);
  if (seen < MESSAGE_KEYS) throw new FieldError('message', `complete: ${MESSAGE_KEYS} keys are required`);
  return message;
}

function decodeList<Item>(input: TnetstringDecoder, decode: (input: TnetstringDecoder) => Item): Item[] {
  const items: Item[] = [];
  const end = input.enter(TAG.list);
  while (input.at < end) items.push(decode(input));
  input.leave(end);
  return items;
}

function decodeQuestion(input: TnetstringDecoder): DnsQuestion {
  return decodeEntry(input, 3);
}

function decodeRecord(input: TnetstringDecoder): DnsRecord {
  const { ttl = 0, data = Buffer.alloc(0), ...question } = decodeEntry(input, 5);
  return { ...question, ttl, data };
}

function decodeEntry(input: TnetstringDecoder, keys: number): DnsQuestion & Partial<DnsRecord> {
  const record: DnsQuestion & Partial<DnsRecord> = { name: '', type: 0, class: 0 };
  let seen = 0;
  const end = input.enter(TAG.dictionary);
  while (input.at < end) {
    seen++;
    switch (input.key()) {
      case 'name':
        record.name = input.text();
        break;
      case 'type':
        record.type = input.number();
        break;
      case 'class_':
        record.class = input.number();
        break;
      case 'ttl':
        record.ttl = input.number();
        break;
      case 'data':
        record.data = Buffer.from(input.binary());
        break;
      default:
        seen--;
        input.item();
    }
  }
  input.leave(end);
  if (seen < keys) throw new FieldError('record', `complete: ${keys} keys are required`);
  return record;
}

/** Reads a numeric or boolean field. @returns false if the key is another one; then no value was read */
function readDnsField(input: TnetstringDecoder, message: DnsMessage, key: string | undefined): boolean {
  switch (key) {
    case 'timestamp':
    case 'id':
    case 'opCode':
    case 'reserved':
    case 'responseCode':
      message[key] = input.number();
      return true;
    case 'query':
    case 'authoritativeAnswer':
    case 'truncation':
    case 'recursionDesired':
    case 'recursionAvailable':
      message[key] = input.boolean();
      return true;
    default:
      return false;
  }
}

/** Encodes a DNS message, from the last entry to the first. */
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
