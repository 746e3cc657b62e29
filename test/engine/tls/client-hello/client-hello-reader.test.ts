import t from 'tap';
import type { ClientHello, ClientHelloError } from '../../../../src/engine/tls/client-hello/client-hello.js';
import { ClientHelloReader, looksLikeSsl2 } from '../../../../src/engine/tls/client-hello/client-hello-reader.js';
import { offersEcdsa } from '../../../../src/engine/tls/client-hello/ecdsa-offer.js';
import { clientHello, message, record } from '../client-hello-support.js';
import { clientHellos } from '../support.js';

type Outcome = 'more' | ClientHello | ClientHelloError;

function read(...chunks: Buffer[]): { outcome: Outcome; reader: ClientHelloReader } {
  const reader = new ClientHelloReader();
  let outcome: Outcome = 'more';
  for (const chunk of chunks) {
    outcome = reader.push(chunk);
    if (outcome !== 'more') break;
  }
  return { outcome, reader };
}

type Expected = [
  sni: string | undefined,
  alpn: string[],
  highestVersion: number,
  cipherSuites: number,
  groups: number[],
  ecdsa: boolean,
];

const H1 = ['http/1.1'];
const H2 = ['h2', 'http/1.1'];
const PROTOCOLS = Array.from({ length: 60 }, (_, index) => `protocol-${index}`);
const FINITE = [256, 257, 258, 259, 260];
const CURVES = [29, 23, 30, 25, 24];
const MODERN = [...CURVES, ...FINITE];

const REAL: Record<string, Expected> = {
  chromium: ['chromium.example.com', H2, 0x304, 15, [4588, 29, 23, 24], true],
  'curl-address': [undefined, H2, 0x304, 31, MODERN, true],
  'curl-http1': ['curl.example.com', H1, 0x304, 31, MODERN, true],
  'curl-http2': ['curl.example.com', H2, 0x304, 31, MODERN, true],
  firefox: ['localhost', H2, 0x304, 16, [4588, 29, 23, 24, 25, 256, 257], true],
  gnutls: ['gnutls.example.com', [], 0x304, 29, [23, 24, 25, 29, 30, ...FINITE], true],
  'go-http': ['go.example.com', H2, 0x304, 13, [4588, 4587, 4589, 29, 23, 24, 25], true],
  'java-17': ['java.example.com', H2, 0x304, 37, [29, 23, 24, 25, 30, ...FINITE], true],
  'node-fetch': ['localhost', H1, 0x304, 59, MODERN, true],
  'node-tls': ['node.example.com', [], 0x304, 59, MODERN, true],
  'openssl-default': ['openssl.example.com', [], 0x304, 31, MODERN, true],
  'openssl-many-records': ['long.example.com', PROTOCOLS, 0x304, 31, MODERN, true],
  'openssl-tls10': ['ancient.example.com', [], 0x301, 23, CURVES, false],
  'openssl-tls12-no-sni': [undefined, [], 0x303, 28, CURVES, true],
  'openssl-tls12-rsa-only': ['old.example.com', [], 0x303, 3, CURVES, false],
  'openssl-tls12-x25519-only': ['old.example.com', [], 0x303, 28, [29], false],
  'openssl-tls13-alpn': ['openssl.example.com', H2, 0x304, 4, MODERN, true],
  'openssl-tls13-rsa-only': ['old.example.com', [], 0x304, 4, MODERN, false],
  'python-requests': ['localhost', H1, 0x304, 18, MODERN, true],
  'python-ssl': ['python.example.com', [], 0x304, 18, MODERN, true],
};

const hellos = clientHellos();

t.test('what real clients send', async (t) => {
  t.same([...hellos.keys()].sort(), Object.keys(REAL).sort());
  for (const [name, bytes] of hellos) {
    const { outcome, reader } = read(bytes);
    t.equal(reader.consumed, bytes.length, name);
    if (outcome === 'more' || outcome.kind !== 'hello') return void t.fail(`${name} was not read`);
    const { sni, alpnOffers, cipherSuites, groups, supportedVersions, legacyVersion } = outcome;
    const version = Math.max(legacyVersion, ...supportedVersions);
    t.same([sni, alpnOffers, version, cipherSuites.length, groups, offersEcdsa(outcome)], REAL[name], name);
  }
});

t.test('cut into two segments at every byte', async (t) => {
  for (const [name, bytes] of hellos) {
    const whole = read(bytes).outcome;
    const odd: number[] = [];
    for (let at = 1; at < bytes.length; at++) {
      const reader = new ClientHelloReader();
      const first = reader.push(Buffer.from(bytes.subarray(0, at)));
      const second = first === 'more' ? reader.push(Buffer.from(bytes.subarray(at))) : first;
      const same = JSON.stringify(second) === JSON.stringify(whole) && reader.bytes.equals(bytes);
      if (first !== 'more' || !same || reader.consumed !== bytes.length) odd.push(at);
    }
    t.same(odd, [], name);
  }
});

t.test('every byte a segment', async (t) => {
  for (const [name, bytes] of hellos) {
    const { outcome, reader } = read(...Array.from(bytes, (byte) => Buffer.from([byte])));
    t.same(outcome, read(bytes).outcome, name);
    t.ok(reader.bytes.equals(bytes));
  }
});

t.test('split over two records at every byte, and every byte a record', async (t) => {
  for (const [name, bytes] of hellos) {
    const content = contentOfRecords(bytes);
    const whole = JSON.stringify(read(bytes).outcome);
    const odd: number[] = [];
    for (let at = 1; at < content.length; at++) {
      const { outcome } = read(Buffer.concat([record(content.subarray(0, at)), record(content.subarray(at))]));
      if (JSON.stringify(outcome) !== whole) odd.push(at);
    }
    t.same(odd, [], name);
    const shredded = Buffer.concat(Array.from(content, (byte) => record(Buffer.from([byte]))));
    t.equal(JSON.stringify(read(shredded).outcome), whole, name);
  }
});

t.test('what follows a hello is left alone', async (t) => {
  const hello = hellos.get('curl-http2')!;
  for (const garbage of ['\0', 'GET / HTTP/1.1\r\n\r\n', '\x14\x03\x03\0\x01\x01']) {
    const { outcome, reader } = read(Buffer.concat([hello, Buffer.from(garbage, 'latin1')]));
    t.same(outcome, read(hello).outcome);
    t.equal(reader.consumed, hello.length);
    t.equal(reader.bytes.subarray(reader.consumed).toString('latin1'), garbage);
  }
  const inRecord = record(Buffer.concat([contentOfRecords(hello), Buffer.from('rest')]));
  const { outcome, reader } = read(inRecord);
  t.same(outcome, read(hello).outcome);
  t.equal(reader.consumed, inRecord.length - 4);
});

t.test('a single flipped byte never throws, and never lets the reader wait for more than 64 KiB', async (t) => {
  for (const [name, bytes] of hellos) {
    const outcomes = new Set<string>();
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = damaged[at]! ^ mask;
        const { outcome } = read(damaged, Buffer.alloc(65536, 0x16));
        outcomes.add(outcome === 'more' ? outcome : outcome.kind);
      }
    }
    t.same([...outcomes].sort(), ['error', 'hello'], name);
  }
});

t.test('what is not a ClientHello', async (t) => {
  const hello = message(clientHello({}));
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const table: [name: string, bytes: Buffer, code: ClientHelloError['code']][] = [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'not-tls'],
    ['SSH', Buffer.from('SSH-2.0-x\r\n'), 'not-tls'],
    ['one other byte', Buffer.from([0]), 'not-tls'],
    ['an alert', record(hex('02 28'), 21), 'not-tls'],
    ['a record of version 2', hex('16 02'), 'not-tls'],
    ['a record of version 3.5', hex('16 03 05'), 'not-tls'],
    ['binary that is no SSL 2.0', hex('80 2e 01 00 03'), 'not-tls'],
    ['SSL 2.0', hex('80 2e 01 00 02 00 15'), 'ssl2'],
    ['SSL 2.0 format for TLS 1.0', hex('80 2e 01 03 01 00 15'), 'ssl2'],
    ['SSL 3.0', record(message(clientHello({ version: 0x0300 })), 22, 0x0300), 'ssl3'],
    ['a ServerHello', record(message(clientHello({}), 2)), 'malformed'],
    ['an empty record', record(Buffer.alloc(0)), 'malformed'],
    ['an empty record in between', Buffer.concat([record(hello.subarray(0, 9)), record(Buffer.alloc(0))]), 'malformed'],
    ['a record of 16 KiB and one', hex('16 03 01 40 01'), 'malformed'],
    ['another record in between', Buffer.concat([record(hello.subarray(0, 9)), record(hex('01 00'), 21)]), 'malformed'],
    ['nonsense', record(message(Buffer.alloc(80, 0xff))), 'malformed'],
    ['a length above the bound', hex('16 03 01 00 04 01 01 00 00'), 'too-long'],
  ];
  for (const [name, bytes, code] of table) {
    const { outcome } = read(bytes);
    t.match(outcome, { kind: 'error', code }, name);
    t.match(outcome, { message: /^The .*[^.]$/ });
    t.match(read(...Array.from(bytes, (byte) => Buffer.from([byte]))).outcome, { kind: 'error', code }, name);
  }
});

t.test('an endless hello ends at 64 KiB', async (t) => {
  const start = Buffer.concat([Buffer.from([1, 0, 0xff, 0]), Buffer.alloc(1000)]);
  const reader = new ClientHelloReader();
  let outcome = reader.push(record(start));
  let pushed = 0;
  while (outcome === 'more' && pushed < 100_000) {
    outcome = reader.push(record(Buffer.from([0])));
    pushed++;
  }
  t.match(outcome, { kind: 'error', code: 'too-long' });
  t.ok(reader.bytes.length <= 65536 + 6);
});

t.test('the largest hello is read', async (t) => {
  const room = 65536 - 4 - 5 * 4;
  const padding = Buffer.alloc(room - clientHello({ extensions: [[21, Buffer.alloc(0)]] }).length);
  const content = message(clientHello({ extensions: [[21, padding]] }));
  const records: Buffer[] = [];
  for (let at = 0; at < content.length; at += 16384) records.push(record(content.subarray(at, at + 16384)));
  const bytes = Buffer.concat(records);
  t.equal(bytes.length, 65536);
  t.match(read(bytes).outcome, { kind: 'hello' });
});

t.test('first bytes of SSL 2.0', async (t) => {
  const table: [hex: string, ssl2: boolean][] = [
    ['', false],
    ['160301', false],
    ['474554', false],
    ['802e010002', true],
    ['802e010300', true],
    ['802e010304', false],
    ['802e0100', false],
    ['802e020002', false],
    ['002e010002', false],
  ];
  for (const [hex, ssl2] of table) t.equal(looksLikeSsl2(Buffer.from(hex, 'hex')), ssl2, hex);
});

function contentOfRecords(bytes: Buffer): Buffer {
  const contents: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    contents.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return Buffer.concat(contents);
}
