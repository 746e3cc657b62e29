import t from 'tap';
import { hexView } from '../../../src/terminal/views/hex.js';
import { streamed } from './collect-text.js';

const BYTES = Buffer.from([...Array(34).keys()].map((index) => index + 0x18));
const DUMP = [
  '00000000  18 19 1a 1b 1c 1d 1e 1f  20 21 22 23 24 25 26 27  |........ !"#$%&\'|',
  '00000010  28 29 2a 2b 2c 2d 2e 2f  30 31 32 33 34 35 36 37  |()*+,-./01234567|',
  '00000020  38 39                                             |89|',
  '',
].join('\n');

t.test('rows of 16 bytes, however the bytes come', async (t) => {
  for (const size of [1, 3, 16, 17, 32, 100])
    t.equal(await streamed(hexView, BYTES, '', size), DUMP, `pieces of ${size}`);
  t.equal(await streamed(hexView, '', ''), '');
});

t.test('a full row, a half row, a byte more', async (t) => {
  const table: [length: number, last: string][] = [
    [8, '00000000  61 61 61 61 61 61 61 61                           |aaaaaaaa|'],
    [9, '00000000  61 61 61 61 61 61 61 61  61                       |aaaaaaaaa|'],
    [16, '00000000  61 61 61 61 61 61 61 61  61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa|'],
    [4097, '00001000  61                                                |a|'],
  ];
  for (const [length, last] of table) {
    const lines = (await streamed(hexView, 'a'.repeat(length), '')).trimEnd().split('\n');
    t.equal(lines.at(-1), last);
    t.equal(lines.length, Math.ceil(length / 16));
  }
});

t.test('nothing but printable ASCII comes out', async (t) => {
  t.match(await streamed(hexView, Buffer.from([...Array(256).keys()]), ''), /^[\x20-\x7e\n]*$/);
});
