import t from 'tap';
import {
  bitString,
  element,
  explicit,
  implicit,
  integer,
  NULL,
  octetString,
  oid,
  sequence,
  TRUE,
  time,
  utf8String,
} from '../../../../src/engine/tls/x509/der.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

t.test('elements', async (t) => {
  const table: [name: string, actual: Buffer, expected: string][] = [
    ['empty sequence', sequence(), '30 00'],
    ['sequence of two', sequence(TRUE, NULL), '30 05 01 01 ff 05 00'],
    ['explicit', explicit(3, NULL), 'a3 02 05 00'],
    ['implicit', implicit(2, bytes('61')), '82 01 61'],
    ['zero', integer(bytes('00')), '02 01 00'],
    ['leading zeros are dropped', integer(bytes('00 00 7f')), '02 01 7f'],
    ['the sign bit needs a zero', integer(bytes('80')), '02 02 00 80'],
    ['octets', octetString(bytes('01 02')), '04 02 01 02'],
    ['whole bytes of bits', bitString(bytes('06')), '03 02 00 06'],
    ['bits that do not count', bitString(bytes('06'), 1), '03 02 01 06'],
    ['text', utf8String('ü'), '0c 02 c3 bc'],
    ['short object identifier', oid('2.5.4.3'), '06 03 55 04 03'],
    ['long arcs', oid('1.2.840.113549.1.1.11'), '06 09 2a 86 48 86 f7 0d 01 01 0b'],
    ['last UTCTime', time(new Date('2049-12-31T23:59:59.999Z')), '17 0d 343931323331323335393539 5a'],
    ['first GeneralizedTime', time(new Date('2050-01-01T00:00:00Z')), '18 0f 3230353030313031303030303030 5a'],
  ];
  for (const [name, actual, expected] of table) t.equal(actual.toString('hex'), bytes(expected).toString('hex'), name);
});

t.test('lengths', async (t) => {
  const table: [length: number, expected: string][] = [
    [0, '04 00'],
    [127, '04 7f'],
    [128, '04 81 80'],
    [255, '04 81 ff'],
    [256, '04 82 01 00'],
    [65536, '04 83 01 00 00'],
  ];
  for (const [length, expected] of table) {
    const head = bytes(expected);
    const whole = element(0x04, Buffer.alloc(length));
    t.equal(whole.subarray(0, head.length).toString('hex'), head.toString('hex'), String(length));
    t.equal(whole.length, head.length + length);
  }
});
