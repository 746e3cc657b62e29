import t from 'tap';
import { dnsText } from '../../../src/filters/subjects/content.js';
import { type DnsMessage, newDnsMessage } from '../../../src/flow/dns-message.js';

/** Record type, data as latin1 text, and the text form. */
const RECORDS: [type: number, data: string, text: string][] = [
  [1, '\x01\x02\x03\xff', '1.2.3.255'],
  [1, '\x01', '0x01 (invalid A data)'],
  [28, `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01`, '2001:db8::1'],
  [28, '\x01', '0x01 (invalid AAAA data)'],
  [5, '\x03www\x07example\x03com\0', 'www.example.com'],
  [2, '\0', ''],
  [12, '\x04xn--\0', 'xn--'],
  [12, '\x0exn--mnchen-3ya\x02de\0', 'münchen.de'],
  [5, '\xc0\x0c', '0xc00c (invalid CNAME data)'],
  [5, '\x03ww', '0x037777 (invalid CNAME data)'],
  [5, '\x01a\0x', '0x01610078 (invalid CNAME data)'],
  [5, '\x01\xff\0', '0x01ff00 (invalid CNAME data)'],
  [16, '\x05hello', '\x05hello'],
  [16, '\xff', '0xff (invalid TXT data)'],
  [65, '\0\x01', '0x0001'],
];

for (const [type, data, text] of RECORDS) {
  const record = { name: 'n', type, class: 1, ttl: 1, data: Buffer.from(data, 'latin1') };
  t.equal(dnsText(message({ answers: [record] })).toString(), `question\r\n${text}`, JSON.stringify(data));
}

t.test('sections follow each other', async (t) => {
  const record = (byte: number) => ({ name: 'n', type: 1, class: 1, ttl: 1, data: Buffer.alloc(4, byte) });
  const text = dnsText(message({ answers: [record(1)], authorities: [record(2)], additionals: [record(3)] }));
  t.equal(text.toString(), 'question\r\n1.1.1.1\r\n2.2.2.2\r\n3.3.3.3');
});

function message(sections: Partial<DnsMessage>): DnsMessage {
  return newDnsMessage({ questions: [{ name: 'question', type: 1, class: 1 }], ...sections });
}
