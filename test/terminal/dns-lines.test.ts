import t from 'tap';
import type { DnsMessage, DnsRecord } from '../../src/flow/dns-message.js';
import { dnsLines, recordText } from '../../src/terminal/dns-lines.js';
import { plainStyles } from '../../src/terminal/styles.js';
import { dnsFlow } from './sample-flows.js';

function record(type: number, data: number[] | string): DnsRecord {
  return { name: 'example.com', type, class: 1, ttl: 60, data: Buffer.from(data as string, 'latin1') };
}

const QUESTION: Partial<DnsMessage> = { questions: [{ name: 'example.com', type: 1, class: 1 }] };

t.test('queries and answers', async (t) => {
  const table: [request: Partial<DnsMessage>, response: Partial<DnsMessage> | undefined, text: string][] = [
    [QUESTION, undefined, 'DNS QUERY (A) example.com\n'],
    [QUESTION, { answers: [record(1, [192, 0, 2, 1])] }, 'DNS QUERY (A) example.com\n << 192.0.2.1\n'],
    [
      QUESTION,
      { answers: [record(5, '\x01a\x07example\0'), record(1, [192, 0, 2, 1])] },
      'DNS QUERY (A) example.com\n << a.example, 192.0.2.1\n',
    ],
    [QUESTION, { responseCode: 3 }, 'DNS QUERY (A) example.com\n << NXDOMAIN\n'],
    [QUESTION, {}, 'DNS QUERY (A) example.com\n << NOERROR\n'],
    [QUESTION, { responseCode: 23 }, 'DNS QUERY (A) example.com\n << RCODE23\n'],
    [{ opCode: 5, questions: [] }, undefined, 'DNS UPDATE (no question)\n'],
    [{ opCode: 9, questions: [{ name: 'a\x1bb', type: 999, class: 1 }] }, undefined, 'DNS OPCODE9 (TYPE999) a.b\n'],
  ];
  for (const [request, response, text] of table) {
    t.equal(dnsLines(dnsFlow(request, response), plainStyles), `127.0.0.1:51234: ${text}`);
  }
  const failed = dnsFlow(QUESTION);
  failed.isReplay = 'request';
  failed.error = { message: 'timed out', timestamp: 1 };
  t.equal(dnsLines(failed, plainStyles), '[replay]: DNS QUERY (A) example.com\n << timed out\n');
});

t.test('record data', async (t) => {
  const v6 = [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1];
  const table: [record: DnsRecord, text: string][] = [
    [record(1, [1, 2, 3]), '0x010203'],
    [record(28, v6), '2001:db8::1'],
    [record(28, v6.slice(1, 5)), '0x010db800'],
    [record(2, '\x02ns\x07example\0'), 'ns.example'],
    [record(12, '\0'), '.'],
    [record(12, '\x05ab'), '0x056162'],
    [record(12, '\x01a'), '0x0161'],
    [record(12, '\xc0\x0c'), '0xc00c'],
    [record(15, '\x00\x0a\x04mail\x07example\0'), '10 mail.example'],
    [record(15, '\x00'), '0x00'],
    [record(33, '\x00\x01\x00\x02\x01\xbb\x01a\0'), '1 2 443 a'],
    [record(16, '\x03v=1\x02"x'), '"v=1" "\\"x"'],
    [record(16, '\x05ab'), '0x056162'],
    [record(65, '\x00\x01'), '0x0001'],
  ];
  for (const [input, text] of table) t.equal(recordText(input), text);
});
