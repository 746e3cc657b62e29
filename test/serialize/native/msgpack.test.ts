import { Packr, Unpackr } from 'msgpackr';
import t from 'tap';
import { MessagePackDecoder } from '../../../src/serialize/native/metadata/msgpack-decoder.js';
import { MessagePackEncoder } from '../../../src/serialize/native/metadata/msgpack-encoder.js';
import { FieldError } from '../../../src/serialize/shared/field-error.js';
import { Random } from '../../support/random.js';
import { rounds } from '../../support/rounds.js';

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'auto' as 'number' });

const TEXTS = [0, 1, 31, 32, 40, 41, 255, 256, 65_535, 65_536].flatMap((size) =>
  ['a', '\xe9', '\u20ac', '\u{1f600}'].map((character) => character.repeat(size)),
);
const NUMBERS = [
  0,
  1,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  -1,
  -32,
  -33,
  0.5,
  -1e300,
  1 / 3,
];

function encoded(write: (encoder: MessagePackEncoder) => void): Buffer {
  const encoder = new MessagePackEncoder();
  write(encoder);
  return Buffer.from(encoder.bytes.subarray(0, encoder.length));
}

function decoder(bytes: Buffer): MessagePackDecoder {
  const input = new MessagePackDecoder();
  input.begin(bytes, 0, bytes.length);
  return input;
}

t.test('the encoding is standard MessagePack', (t) => {
  const bytes = Buffer.alloc(70_000, 1);
  const texts = TEXTS.slice(0, 10);
  const packed = encoded((out) => {
    const map = out.beginMap();
    for (const [index, text] of texts.entries()) {
      out.putText(String(index));
      out.putText(text);
    }
    out.putKey(Uint8Array.of(0xa3, 0x6d, 0x61, 0x70));
    const inner = out.beginMap();
    out.putText('half');
    out.putNumber(0.5);
    out.putText('yes');
    out.putBoolean(true);
    out.putText('no');
    out.putBoolean(false);
    out.endMap(inner, 3);
    out.putText('few');
    out.putList(1);
    out.putNumber(7);
    out.putText('many');
    out.putList(NUMBERS.length);
    for (const number of NUMBERS) out.putNumber(number);
    out.putText('bytes');
    out.putBinary(bytes);
    out.putText('packed');
    out.putPacked(packr.pack([1, 'a']));
    out.endMap(map, texts.length + 5);
  });
  t.strictSame(unpackr.unpack(packed), {
    ...Object.fromEntries(texts.map((text, index) => [String(index), text])),
    map: { half: 0.5, yes: true, no: false },
    few: [7],
    many: NUMBERS,
    bytes,
    packed: [1, 'a'],
  });
  for (const text of TEXTS) t.equal(unpackr.unpack(encoded((out) => out.putText(text))), text);
  for (const size of [0, 255, 256, 65_535, 65_536]) {
    t.ok(unpackr.unpack(encoded((out) => out.putBinary(Buffer.alloc(size, 7)))).equals(Buffer.alloc(size, 7)));
  }
  t.end();
});

t.test('whole numbers are written as such, others as 64-bit floats', (t) => {
  const cases: [number: number, hex: string][] = [
    [0, '00'],
    [127, '7f'],
    [128, 'cd0080'],
    [65_535, 'cdffff'],
    [65_536, 'ce00010000'],
    [2 ** 32, 'cf0000000100000000'],
    [-1, 'cbbff0000000000000'],
    [1.5, 'cb3ff8000000000000'],
  ];
  for (const [number, hex] of cases) t.equal(encoded((out) => out.putNumber(number)).toString('hex'), hex);
  t.end();
});

t.test('maps of any size stand inside each other', (t) => {
  for (const size of [0, 1, 15, 16, 17, 40, 65_535, 65_536, 70_000]) {
    const packed = encoded((out) => {
      const outer = out.beginMap();
      out.putText('before');
      out.putNumber(1);
      out.putText('inner');
      const inner = out.beginMap();
      for (let at = 0; at < size; at++) {
        out.putText(`k${at}`);
        out.putNumber(at);
      }
      out.endMap(inner, size);
      out.putText('behind');
      out.putNumber(2);
      out.endMap(outer, 3);
    });
    const inner = Object.fromEntries(Array.from({ length: size }, (_, at) => [`k${at}`, at]));
    t.strictSame(unpackr.unpack(packed), { before: 1, inner, behind: 2 }, `${size} keys`);
  }
  t.end();
});

t.test('an encoder is used again', (t) => {
  const encoder = new MessagePackEncoder();
  encoder.beginMap();
  encoder.putText('unfinished');
  encoder.reset();
  const map = encoder.beginMap();
  encoder.putText('a');
  encoder.putText('b');
  encoder.endMap(map, 1);
  t.same(unpackr.unpack(encoder.bytes.subarray(0, encoder.length)), { a: 'b' });
  t.end();
});

t.test('values of each size and type are read', (t) => {
  for (const text of TEXTS) {
    const input = decoder(packr.pack(text));
    t.equal(input.text(), text);
    t.equal(input.at, input.end);
  }
  const numbers: [hex: string, number: number][] = [
    ['7f', 127],
    ['e0', -32],
    ['ff', -1],
    ['ccff', 255],
    ['cdffff', 65_535],
    ['ceffffffff', 2 ** 32 - 1],
    ['cf001fffffffffffff', 2 ** 53 - 1],
    ['d080', -128],
    ['d18000', -32_768],
    ['d280000000', -(2 ** 31)],
    ['d3ffe0000000000001', -(2 ** 53 - 1)],
    ['ca3fc00000', 1.5],
    ['cb3ff8000000000000', 1.5],
  ];
  for (const [hex, number] of numbers) t.equal(decoder(Buffer.from(hex, 'hex')).number(), number, hex);
  for (const hex of ['c403010203', 'c50003010203', 'c600000003010203']) {
    t.same(decoder(Buffer.from(hex, 'hex')).binary(), Buffer.of(1, 2, 3), hex);
  }
  for (const hex of ['92', 'dc0002', 'dd00000002']) t.equal(decoder(Buffer.from(hex, 'hex')).list(), 2, hex);
  for (const hex of ['82', 'de0002', 'df00000002']) t.equal(decoder(Buffer.from(hex, 'hex')).map(), 2, hex);
  t.same([decoder(Buffer.of(0xc2)).boolean(), decoder(Buffer.of(0xc3)).boolean()], [false, true]);
  t.end();
});

t.test('an expected key is passed over, another one is left', (t) => {
  const expected = packr.pack('peer');
  for (const [bytes, is] of [
    [packr.pack('peer'), true],
    [packr.pack('peet'), false],
    [packr.pack('pee'), false],
    [packr.pack('peers'), false],
    [packr.pack('peer').subarray(0, 4), false],
    [Buffer.alloc(0), false],
    // The same key in a longer form is found by its text.
    [Buffer.concat([Buffer.of(0xd9, 4), Buffer.from('peer')]), false],
  ] as const) {
    const input = decoder(bytes);
    t.equal(input.isKey(expected, 'peer'), is, bytes.toString('hex'));
    t.equal(input.at, is ? bytes.length : 0);
  }
  const whole = packr.pack('peer');
  const cut = new MessagePackDecoder();
  cut.begin(whole, 0, 4);
  t.equal(cut.isKey(expected, 'peer'), false, 'nothing after the end is read');
  t.end();
});

t.test('texts that come again are right, also when others take their place', (t) => {
  const random = new Random(11);
  const texts = Array.from({ length: 5000 }, () =>
    random.bytes(random.below(30)).toString('hex').slice(random.below(9)),
  );
  const input = new MessagePackDecoder();
  for (let round = 0; round < rounds(5000, 20_000); round++) {
    const text = random.pick(texts);
    const packed = Buffer.concat([
      Buffer.from([0x81]),
      encoded((out) => out.putText(text)),
      encoded((out) => out.putText(text)),
    ]);
    input.begin(packed, 0, packed.length);
    input.map();
    if (input.key() !== text || input.text() !== text) t.fail(text);
  }
  t.pass('all');
  t.end();
});

t.test('any value is passed over as a whole', (t) => {
  const random = new Random(5);
  for (let round = 0; round < 500; round++) {
    const value = anyValue(random, 3);
    const packed = packr.pack(value);
    const input = new MessagePackDecoder();
    const bytes = Buffer.concat([packed, Buffer.of(0xc3)]);
    input.begin(bytes, 0, bytes.length);
    if (!input.packed().equals(packed)) t.fail(JSON.stringify(value));
    t.equal(input.boolean(), true);
  }
  // Extension types, which tsdump does not write.
  for (const hex of [
    'd40100',
    'd5010000',
    'd60100000000',
    `d701${'00'.repeat(8)}`,
    `d801${'00'.repeat(16)}`,
    'c7020100ff',
    'c800020100ff',
    'c9000000020100ff',
  ]) {
    const input = decoder(Buffer.from(hex, 'hex'));
    input.skip();
    t.equal(input.at, input.end, hex);
  }
  t.end();
});

t.test('rejects values of another type and truncated ones', (t) => {
  const reads: [name: string, read: (input: MessagePackDecoder) => unknown, types: RegExp][] = [
    ['map', (input) => input.map(), /^(8.|de|df)/],
    ['list', (input) => input.list(), /^(9.|dc|dd)/],
    ['text', (input) => input.text(), /^([ab].|d9|da|db)/],
    ['key', (input) => input.key(), /^([ab].|d9|da|db)/],
    ['number', (input) => input.number(), /^([0-7ef].|c[a-f]|d[0-3])/],
    ['boolean', (input) => input.boolean(), /^c[23]/],
    ['binary', (input) => input.binary(), /^c[456]/],
  ];
  for (const [name, read, types] of reads) {
    for (let type = 0; type < 256; type++) {
      const bytes = Buffer.concat([Buffer.of(type), Buffer.alloc(40)]);
      const hex = bytes.toString('hex');
      if (types.test(hex)) t.doesNotThrow(() => read(decoder(bytes)), `${name} ${hex.slice(0, 2)}`);
      else t.throws(() => read(decoder(bytes)), FieldError, `${name} ${hex.slice(0, 2)}`);
    }
  }
  const random = new Random(9);
  for (let round = 0; round < 100; round++) {
    const packed = packr.pack([anyValue(random, 3)]);
    for (let end = 0; end < packed.length; end++) {
      const input = new MessagePackDecoder();
      input.begin(packed, 0, end);
      let refused = false;
      try {
        input.skip();
      } catch (error) {
        refused = error instanceof FieldError;
      }
      if (!refused) t.fail(`${packed.toString('hex')} up to ${end}`);
    }
  }
  t.end();
});

t.test('messages name keys that can be shown', (t) => {
  for (const [key, message] of [
    ['peer', 'peer is not a number'],
    ['\x1b[31m', 'a key is not a number'],
  ] as const) {
    const input = decoder(packr.pack({ [key]: 'text' }));
    input.map();
    input.key();
    t.throws(() => input.number(), { message });
  }
  const input = decoder(packr.pack({ peer: 'text' }));
  input.map();
  input.isKey(packr.pack('peer'), 'peer');
  t.throws(() => input.number(), { message: 'peer is not a number' }, 'an expected key');
  t.end();
});

function anyValue(random: Random, depth: number): unknown {
  switch (random.below(depth > 0 ? 8 : 6)) {
    case 0:
      return random.pick(NUMBERS);
    case 1:
      return random.pick(TEXTS).slice(0, 300);
    case 2:
      return random.bytes(random.pick([0, 3, 300]));
    case 3:
      return random.pick([true, false, null]);
    case 4:
      return random.below(2 ** 31);
    case 5:
      return new Date(random.below(2 ** 31) * 1000);
    case 6:
      return Array.from({ length: random.below(20) }, () => anyValue(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(20) }, (_, at) => [`k${at}`, anyValue(random, depth - 1)]),
      );
  }
}
