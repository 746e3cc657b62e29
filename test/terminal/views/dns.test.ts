import t from 'tap';
import { dnsView } from '../../../src/terminal/views/dns.js';
import { shown, viewed } from './collect-text.js';

const TYPE = 'application/dns-message';
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const NAME = '03 777777 07 6578616d706c65 00';

t.test('messages', async (t) => {
  const table: [bytes: string, lines: string[]][] = [
    [`002a 0100 0001 0000 0000 0000 ${NAME} 0001 0001`, ['DNS QUERY query id 42 rd', 'question: www.example A']],
    [
      `0001 8583 0001 0000 0000 0000 ${NAME} 001c 0001`,
      ['DNS QUERY NXDOMAIN id 1 aa rd ra', 'question: www.example AAAA'],
    ],
    [
      `0001 8180 0001 0003 0001 0001 ${NAME} 0001 0001
        c00c 0005 0001 0000003c 0006 03 616161 c010
        03 616161 c010 0001 0001 0000003c 0004 c0000201
        c00c 000f 0001 00000001 0005 000a 01 78 00
        c010 0002 0001 00000002 0002 c00c
        00 0029 04d0 00000000 0000`,
      [
        'DNS QUERY NOERROR id 1 rd ra',
        'question: www.example A',
        'answer: www.example CNAME aaa.example (ttl 60)',
        'answer: aaa.example A 192.0.2.1 (ttl 60)',
        'answer: www.example MX 10 x (ttl 1)',
        'authority: example NS www.example (ttl 2)',
        'additional: . TYPE41 0x (ttl 0)',
      ],
    ],
  ];
  for (const [bytes, lines] of table) {
    t.equal(viewed(dnsView, hex(bytes), TYPE), `${lines.join('\n')}\n`);
    const message = hex(bytes);
    for (let end = 1; end < message.length; end++) {
      t.equal(viewed(dnsView, message.subarray(0, end), TYPE), undefined, `prefix of ${end}`);
    }
  }
});

t.test('names and data cannot forge lines', async (t) => {
  const bytes = hex(`0001 8180 0001 0001 0000 0000 03 610a62 00 0001 0001 c00c 0005 0001 00000001 0005 03 630a64 00`);
  t.same(viewed(dnsView, bytes, TYPE)?.split('\n').length, 4);
});

t.test('a chain of pointers is not followed for each record', async (t) => {
  const message = (pointers: number): Buffer => {
    const chain = Array.from({ length: pointers }, (_, index) =>
      index === 0 ? '00' : index === 1 ? 'c017' : pointerTo(24 + 2 * (index - 2)),
    );
    const data = chain.join('');
    const size = (data.length / 2).toString(16).padStart(4, '0');
    return hex(
      `0001 8180 0000 0002 0000 0000 00 0010 0001 00000000 ${size} ${data} ${pointerTo(24 + 2 * (pointers - 2))} 0001 0001 00000000 0000`,
    );
  };
  t.type(viewed(dnsView, message(100), TYPE), 'string');
  t.equal(viewed(dnsView, message(200), TYPE), undefined);
  t.equal(viewed(dnsView, Buffer.concat([message(100), Buffer.alloc(65_536)]), TYPE), undefined, 'a message is short');
});

function pointerTo(offset: number): string {
  return (0xc000 | offset).toString(16);
}

t.test('what is no message is shown as a hex dump', async (t) => {
  const loops = ['c00c', 'c00e c00c', '01 61 c00c', 'ff', '40'];
  for (const name of loops) {
    t.equal(viewed(dnsView, hex(`0001 0100 0001 0000 0000 0000 ${name} 0001 0001`), TYPE), undefined, name);
  }
  t.equal(viewed(dnsView, hex(`0001 0100 0001 0000 0000 0000 ${NAME} 0001 0001 00`), TYPE), undefined, 'more bytes');
  t.match(await shown('\0\x01', TYPE), /^00000000 {2}00 01/);
});
