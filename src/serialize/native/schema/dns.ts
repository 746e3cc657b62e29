import { type DnsMessage, type DnsQuestion, type DnsRecord, newDnsMessage } from '../../../flow/dns-message.js';
import { BINARY, BOOLEAN, INT, listOf, someOf, TEXT, TIME } from './codecs.js';
import { FieldsOf, MapSchema } from './map-schema.js';

const message = new FieldsOf<DnsMessage, DnsMessage>();
const question = new FieldsOf<DnsQuestion, DnsQuestion>();
const record = new FieldsOf<DnsRecord, DnsRecord>();

const QUESTION_FIELDS = [
  question.required('name', TEXT, '', ({ name }) => name),
  question.required('type', INT, 'the number of the record type', ({ type }) => type),
  question.required('class', INT, '', (question) => question.class),
];

export const DNS_QUESTION = new MapSchema<DnsQuestion, DnsQuestion>(
  QUESTION_FIELDS,
  (): DnsQuestion => ({ name: '', type: 0, class: 0 }),
);

export const DNS_RECORD = new MapSchema<DnsRecord, DnsRecord>(
  [
    ...QUESTION_FIELDS,
    record.required('ttl', INT, 'seconds', ({ ttl }) => ttl),
    record.required('data', BINARY, 'RDATA in wire format', ({ data }) => data),
  ],
  (): DnsRecord => ({ name: '', type: 0, class: 0, ttl: 0, data: Buffer.alloc(0) }),
);

export const DNS_MESSAGE = new MapSchema<DnsMessage, DnsMessage>(
  [
    message.required('timestamp', TIME, '', ({ timestamp }) => timestamp),
    message.required('id', INT, '', ({ id }) => id),
    message.required('query', BOOLEAN, 'false: a response', ({ query }) => query),
    message.required('opCode', INT, '', ({ opCode }) => opCode),
    message.required('authoritativeAnswer', BOOLEAN, '', ({ authoritativeAnswer }) => authoritativeAnswer),
    message.required('truncation', BOOLEAN, '', ({ truncation }) => truncation),
    message.required('recursionDesired', BOOLEAN, '', ({ recursionDesired }) => recursionDesired),
    message.required('recursionAvailable', BOOLEAN, '', ({ recursionAvailable }) => recursionAvailable),
    message.required('reserved', INT, '', ({ reserved }) => reserved),
    message.required('responseCode', INT, '', ({ responseCode }) => responseCode),
    message.optional('questions', listOf(DNS_QUESTION), '', ({ questions }) => someOf(questions)),
    message.optional('answers', listOf(DNS_RECORD), '', ({ answers }) => someOf(answers)),
    message.optional('authorities', listOf(DNS_RECORD), '', ({ authorities }) => someOf(authorities)),
    message.optional('additionals', listOf(DNS_RECORD), '', ({ additionals }) => someOf(additionals)),
  ],
  () => newDnsMessage(),
);
