import { Packr } from 'msgpackr/pack';
import t from 'tap';
import { msgpackView } from '../../../src/terminal/views/msgpack.js';
import { shown, viewed } from './collect-text.js';

const TYPE = 'application/msgpack';
const packr = new Packr({ useRecords: false, variableMapSize: true });
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

t.test('JSON values look as in JSON', async (t) => {
  const values: unknown[] = [
    null,
    [],
    {},
    [[], {}],
    { a: 1, b: [true, false, null, -1.5, 'é"\n'], c: { d: {} } },
    [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, -1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31)],
    ['x'.repeat(31), 'x'.repeat(32), 'x'.repeat(256), 'x'.repeat(70_000)],
    Array.from({ length: 16 }, (_, index) => index),
    Array.from({ length: 70_000 }, (_, index) => ({ index })),
    Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`k${index}`, index])),
  ];
  for (const value of values) {
    t.equal(viewed(msgpackView, packr.pack(value), TYPE), `${JSON.stringify(value, null, 4)}\n`);
  }
});

t.test('other values', async (t) => {
  const table: [bytes: string, text: string][] = [
    ['cf ffffffffffffffff', '18446744073709551615\n'],
    ['d3 8000000000000000', '-9223372036854775808\n'],
    ['ca 3fc00000', '1.5\n'],
    ['cb 7ff0000000000000', 'Infinity\n'],
    ['c4 02 00ff', "h'00ff'\n"],
    ['c5 0000', "h''\n"],
    ['d4 05 ff', "ext(5, h'ff')\n"],
    ['c7 02 ff 0102', "ext(-1, h'0102')\n"],
    ['82 01 c0 90 c3', '{\n    1: null,\n    []: true\n}\n'],
    ['01 c3', '1\ntrue\n'],
    ['cb 8000000000000000', '-0\n'],
    ['a2 c328', "h'c328'\n"],
    ['35', '53\n'],
  ];
  for (const [bytes, text] of table) t.equal(viewed(msgpackView, hex(bytes), TYPE), text, bytes);
});

t.test('what is no MessagePack is shown as a hex dump', async (t) => {
  const valid = packr.pack({ a: [1, 'text', Buffer.from('bin'), 1.5] });
  for (let end = 1; end < valid.length; end++) {
    t.equal(viewed(msgpackView, valid.subarray(0, end), TYPE), undefined, `prefix of ${end}`);
  }
  for (const bytes of ['c1', 'dd ffffffff', 'df ffffffff c0', 'c6 ffffffff', '91'.repeat(200)]) {
    t.equal(viewed(msgpackView, hex(bytes), TYPE), undefined, bytes.slice(0, 20));
  }
  t.equal(await shown('{"error":"x"}', TYPE), '{\n    "error": "x"\n}', 'text');
  t.equal(viewed(msgpackView, Buffer.alloc(1_000_001), TYPE), undefined, 'too many items');
  t.match(await shown(hex('92 01'), TYPE), /^00000000 {2}92 01/);
  t.equal(await shown(packr.pack([1]), 'application/x-msgpack'), '[\n    1\n]\n');
  t.equal(await shown(packr.pack([1]), 'application/vnd.example+msgpack'), '[\n    1\n]\n');
});
