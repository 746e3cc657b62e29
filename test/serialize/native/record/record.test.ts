import { crc32 } from 'node:zlib';
import t from 'tap';
import {
  decodeHead,
  encodeHead,
  HEAD_SIZE,
  headMatches,
  isWriter,
  METADATA_LIMIT,
  writerOf,
} from '../../../../src/serialize/native/record/record.js';

const WRITER = Buffer.from('0102030405060708', 'hex');
const METADATA = Buffer.from('metadata');

function record(bodiesLength: number, before = 0): Buffer {
  const bytes = Buffer.alloc(before + HEAD_SIZE + METADATA.length);
  METADATA.copy(bytes, before + HEAD_SIZE);
  encodeHead(bytes, before, WRITER, METADATA.length, bodiesLength);
  return bytes;
}

t.test('the bytes of a head', (t) => {
  const bytes = record(0x0102_0304_0506);
  t.equal(
    bytes.subarray(0, 28).toString('hex'),
    '54534631' + '0102030405060708' + '0100' + '0000' + '08000000' + '0605040302010000',
  );
  t.equal(bytes.readUInt32LE(28), crc32(METADATA, crc32(bytes.subarray(0, 28))));
  t.ok(bytes.subarray(HEAD_SIZE).equals(METADATA));
  t.end();
});

t.test('a head round-trips at any offset', (t) => {
  for (const bodiesLength of [0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    for (const before of [0, 1, 7]) {
      const bytes = record(bodiesLength, before);
      t.same(decodeHead(bytes, before), { kind: 1, flags: 0, metadataLength: METADATA.length, bodiesLength });
      t.ok(headMatches(bytes, before, METADATA.length));
      t.ok(isWriter(WRITER, bytes, before));
      t.ok(writerOf(bytes, before).equals(WRITER));
    }
  }
  t.end();
});

t.test('each flipped bit is noticed', (t) => {
  const bytes = record(5);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const head = decodeHead(flipped, 0);
    const fits = head && head.metadataLength <= METADATA.length && headMatches(flipped, 0, head.metadataLength);
    if (fits) t.fail(`bit ${bit}`);
  }
  t.pass('all');
  t.end();
});

t.test('impossible heads', (t) => {
  const cases: [name: string, alter: (bytes: Buffer) => void][] = [
    ['magic', (bytes) => bytes.write('TSF2', 'latin1')],
    ['metadata length', (bytes) => bytes.writeUInt32LE(METADATA_LIMIT + 1, 16)],
    ['bodies length', (bytes) => bytes.writeBigUInt64LE(2n ** 53n, 20)],
  ];
  for (const [name, alter] of cases) {
    const bytes = record(0);
    alter(bytes);
    t.equal(decodeHead(bytes, 0), undefined, name);
  }
  t.end();
});
