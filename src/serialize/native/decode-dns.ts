import { type DnsMessage, type DnsQuestion, type DnsRecord, newDnsMessage } from '../../flow/dns-message.js';
import { readDnsField } from '../read-dns-field.js';
import type { MessagePackDecoder } from './msgpack-decoder.js';

/** @throws FieldError */
export function decodeDns(input: MessagePackDecoder): DnsMessage {
  const message = newDnsMessage();
  for (let left = input.map(); left > 0; left--) {
    const key = input.key();
    if (readDnsField(input, message, key)) continue;
    switch (key) {
      case 'questions':
        for (let items = input.list(); items > 0; items--) message.questions.push(decodeQuestion(input));
        break;
      case 'answers':
      case 'authorities':
      case 'additionals':
        for (let items = input.list(); items > 0; items--) message[key].push(decodeRecord(input));
        break;
      default:
        input.skip();
    }
  }
  return message;
}

function decodeQuestion(input: MessagePackDecoder): DnsQuestion {
  const { name, type, class: recordClass } = decodeRecord(input);
  return { name, type, class: recordClass };
}

function decodeRecord(input: MessagePackDecoder): DnsRecord {
  const record: DnsRecord = { name: '', type: 0, class: 0, ttl: 0, data: Buffer.alloc(0) };
  for (let left = input.map(); left > 0; left--) {
    const key = input.key();
    switch (key) {
      case 'name':
        record.name = input.text();
        break;
      case 'type':
      case 'class':
      case 'ttl':
        record[key] = input.number();
        break;
      case 'data':
        record.data = input.binary();
        break;
      default:
        input.skip();
    }
  }
  return record;
}
