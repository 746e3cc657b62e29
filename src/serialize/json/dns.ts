import type { DnsMessage, DnsQuestion, DnsRecord } from '../../flow/dns-message.js';
import type { Fields } from './fields.js';
import { decodeBase64 } from './text/base64.js';

/** @throws JsonError */
export function decodeDns(fields: Fields): DnsMessage {
  return {
    timestamp: fields.number('timestamp') ?? 0,
    id: fields.number('id') ?? 0,
    query: fields.boolean('query') ?? false,
    opCode: fields.number('opCode') ?? 0,
    authoritativeAnswer: fields.boolean('authoritativeAnswer') ?? false,
    truncation: fields.boolean('truncation') ?? false,
    recursionDesired: fields.boolean('recursionDesired') ?? false,
    recursionAvailable: fields.boolean('recursionAvailable') ?? false,
    reserved: fields.number('reserved') ?? 0,
    responseCode: fields.number('responseCode') ?? 0,
    questions: fields.objects('questions').map(decodeQuestion),
    answers: fields.objects('answers').map(decodeRecord),
    authorities: fields.objects('authorities').map(decodeRecord),
    additionals: fields.objects('additionals').map(decodeRecord),
  };
}

function decodeQuestion(fields: Fields): DnsQuestion {
  return {
    name: fields.need(fields.text('name'), 'name'),
    type: fields.need(fields.number('type'), 'type'),
    class: fields.number('class') ?? 1,
  };
}

function decodeRecord(fields: Fields): DnsRecord {
  const data = decodeBase64(fields.text('dataBase64') ?? '');
  return { ...decodeQuestion(fields), ttl: fields.number('ttl') ?? 0, data };
}
