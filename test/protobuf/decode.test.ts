import { fileURLToPath } from 'node:url';
import t from 'tap';
import { decodeProtobuf } from '../../src/protobuf/decode.js';
import { loadDefinitions } from '../../src/protobuf/definitions/load-definitions.js';
import { printMessage } from '../../src/protobuf/print.js';
import { messageJson } from '../../src/protobuf/to-json.js';
import { Random } from '../support/random.js';
import { field, fixed, group, varint } from './wire-bytes.js';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/protobuf/', import.meta.url));
const hex = (text: string) => Buffer.from(text, 'hex');
const printed = (content: Buffer) => [...printMessage(decodeProtobuf(content))].join('');

// The first rows are the examples of mitmproxy 12, whose form this is.
t.test('without definitions', async (t) => {
  const table: [content: Buffer, text: string][] = [
    [hex('089601'), '1: 150  # sint: 75\n'],
    [hex('080b'), '1: 11  # sint: -6\n'],
    [hex('08feffffffffffffffff01'), '1: -2  # u64: 18446744073709551614\n'],
    [hex('3203010203'), '6: !binary 010203\n'],
    [hex('0a0568656c6c6f'), '1: hello\n'],
    [hex('2a02082a'), '5:\n  1: 42  # sint: 21\n'],
    [hex('2a042a02082a'), '5:\n  5:\n    1: 42  # sint: 21\n'],
    [hex('19000000000000f0bf'), '3: !fixed64 -1.0  # u64: 13830554455654793216, i64: -4616189618054758400\n'],
    [hex('196e861bf0f9210940'), '3: !fixed64 3.14159  # u64: 4614256650576692846\n'],
    [hex('19ffffffffffffffff'), '3: !fixed64 -1  # u64: 18446744073709551615\n'],
    [hex('19010000000000f87f'), '3: !fixed64 9221120237041090561\n'],
    [hex('15000080bf'), '2: !fixed32 -1.0  # u32: 3212836864, i32: -1082130432\n'],
    [hex('15d00f4940'), '2: !fixed32 3.14159  # u32: 1078530000\n'],
    [hex('15ffffffff'), '2: !fixed32 -1  # u32: 4294967295\n'],
    [hex('150100c07f'), '2: !fixed32 2143289345\n'],
    [hex('3206038e029ea705'), '6: !binary 038e029ea705\n'],
    [hex('080108020803'), '1:\n- 1  # sint: -1\n- 2  # sint: 1\n- 3  # sint: -2\n'],
    [Buffer.alloc(0), '{}\n'],
    [field(1, ''), '1: ""\n'],
    [field(1, 'no'), '1: "no"\n'],
    [field(1, 'two words'), '1: two words\n'],
    [field(1, 'a: b\n"é"'), '1: "a: b\\n\\"é\\""\n'],
    [field(1, '\x1b[31m'), '1: !binary 1b5b33316d\n'],
    [field(1, Buffer.concat([field(1, 7), field(1, 8)])), '1:\n  1:\n  - 7  # sint: -4\n  - 8  # sint: 4\n'],
    [Buffer.concat([field(1, field(2, 7)), field(1, field(2, 8))]), '1:\n- 2: 7  # sint: -4\n- 2: 8  # sint: 4\n'],
    // Text beside a message: all of a field have one type.
    [Buffer.concat([field(1, 'ab'), field(1, hex('ff'))]), '1:\n- !binary "6162"\n- !binary ff\n'.replaceAll('"', '')],
    [group(3, field(1, 5)), '3:\n  1: 5  # sint: -3\n'],
    [group(3, group(4, field(1, 5))), '3:\n  4:\n    1: 5  # sint: -3\n'],
    [field(536_870_911, 1), '536870911: 1  # sint: -1\n'],
    // What is not valid stays as bytes.
    [hex('0896'), '# not decoded, 2 bytes: 0896\n'],
    [hex('0801ff'), '1: 1  # sint: -1\n# not decoded, 1 byte: ff\n'],
    [hex('0001'), '# not decoded, 2 bytes: 0001\n'],
    [hex('0a05'), '# not decoded, 2 bytes: 0a05\n'],
    [hex('0c'), '# not decoded, 1 byte: 0c\n'],
    [hex('1308011c'), '# not decoded, 4 bytes: 1308011c\n'],
    [hex('08ffffffffffffffffffff01'), '# not decoded, 12 bytes: 08ffffffffffffffffffff01\n'],
  ];
  for (const [content, text] of table) t.equal(printed(content), text, content.toString('hex'));
});

t.test('with definitions', async (t) => {
  const definitions = await loadDefinitions([FIXTURES]);
  const item = definitions.message('shop.Item');
  const one = Buffer.alloc(8);
  one.writeDoubleLE(1.5);
  const time = Buffer.concat([field(1, 1_700_000_000), field(2, 5_000_000)]);
  const table: [content: Buffer, text: string, json: unknown][] = [
    [field(1, 'no. 1'), 'sku: no. 1\n', { sku: 'no. 1' }],
    [field(2, -7), 'quantity: -7\n', { quantity: -7 }],
    [field(3, 9), 'delta: -5\n', { delta: -5 }],
    [field(3, 2n ** 64n - 1n), 'delta: -9223372036854775808\n', { delta: '-9223372036854775808' }],
    [fixed(4, one), 'price: 1.5\n', { price: 1.5 }],
    [field(5, 1), 'color: RED\n', { color: 'RED' }],
    [field(5, 9), 'color: 9\n', { color: 9 }],
    [
      Buffer.concat([field(6, Buffer.concat([field(1, 'b'), field(2, 2)])), field(6, field(1, 'a'))]),
      'labels:\n  b: 2\n  a: 0\n',
      { labels: { b: 2, a: 0 } },
    ],
    [field(7, hex('0102ac02')), 'sizes:\n- 1\n- 2\n- 300\n', { sizes: [1, 2, 300] }],
    [Buffer.concat([field(7, 1), field(7, hex('02'))]), 'sizes:\n- 1\n- 2\n', { sizes: [1, 2] }],
    [field(7, ''), 'sizes: []\n', { sizes: [] }],
    [field(8, time), 'created_at: "2023-11-14T22:13:20.005Z"\n', { created_at: '2023-11-14T22:13:20.005Z' }],
    [field(8, ''), 'created_at: "1970-01-01T00:00:00Z"\n', { created_at: '1970-01-01T00:00:00Z' }],
    [field(9, hex('00ff')), 'blob: !binary 00ff\n', { blob: 'AP8=' }],
    [field(11, 1), 'gift: true\n', { gift: true }],
    // Unknown fields, and fields with another wire type than that of the definition.
    [field(99, 'x'), '99: x\n', { 99: 'x' }],
    [field(1, 5), '1: 5  # sint: -3\n', { 1: 5 }],
    [Buffer.concat([field(2, 1), field(2, 2)]), 'quantity:\n- 1\n- 2\n', { quantity: [1, 2] }],
  ];
  for (const [content, text, json] of table) {
    const message = decodeProtobuf(content, item, definitions);
    t.equal([...printMessage(message)].join(''), text, content.toString('hex'));
    t.same(JSON.parse(JSON.stringify(messageJson(message))), json, content.toString('hex'));
  }
});

t.test('random and damaged bytes', async (t) => {
  const definitions = await loadDefinitions([`${FIXTURES}shop.protoset`]);
  const order = definitions.message('shop.Order');
  const random = new Random(1);
  const valid = Buffer.concat([field(1, 'id'), field(2, Buffer.concat([field(1, 'sku'), field(7, hex('010203'))]))]);
  for (let round = 0; round < 3000; round++) {
    const content = round % 2 === 0 ? random.bytes(random.below(60)) : Buffer.from(valid);
    if (round % 2 === 1) content[random.below(content.length)] = random.below(256);
    for (const type of [undefined, order]) {
      const message = decodeProtobuf(content, type, definitions);
      // No exception, and no field without a value.
      if ([...printMessage(message)].length === 0) t.fail(content.toString('hex'));
      JSON.stringify(messageJson(message));
    }
  }
});

t.test('bombs are bounded', async (t) => {
  // A field inside a field inside a field: two or more bytes each.
  let nested = field(1, 1);
  while (nested.length < 3000) nested = field(1, nested);
  t.match(printed(nested), /!binary/);
  const definitions = await loadDefinitions([FIXTURES]);
  t.match([...printMessage(decodeProtobuf(nested, definitions.message('shop.Order')))].join(''), /\n/);
  const many = Buffer.concat(Array.from({ length: 300_000 }, () => field(1, 1)));
  t.match(printed(many), /# not decoded/);
  const groups = Buffer.concat([...Array(500).fill(varint(1 * 8 + 3)), ...Array(500).fill(varint(1 * 8 + 4))]);
  t.match(printed(groups), /# not decoded/);
});
