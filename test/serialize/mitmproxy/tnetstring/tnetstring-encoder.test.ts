import t from 'tap';
import { TAG } from '../../../../src/serialize/mitmproxy/tnetstring/tnetstring.js';
import { floatText, TnetstringEncoder } from '../../../../src/serialize/mitmproxy/tnetstring/tnetstring-encoder.js';
import type { Piece } from '../../../../src/serialize/output/pieces.js';
import { streamedSource } from '../../sample-flows.js';

const encoder = new TnetstringEncoder();

async function collect(pieces: readonly Piece[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) chunks.push(piece);
    else for await (const chunk of piece()) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function encoded(value: unknown): Promise<string> {
  encoder.begin();
  encoder.value(value);
  return (await collect(encoder.finish())).toString('latin1');
}

t.test('values', async (t) => {
  const circle: Record<string, unknown> = { a: 1 };
  circle.self = circle;
  circle.twice = [circle, circle];
  const cases: [value: unknown, text: string][] = [
    [null, '0:~'],
    [undefined, '0:~'],
    [true, '4:true!'],
    [false, '5:false!'],
    [7, '1:7#'],
    [-1.5, '4:-1.5^'],
    [2 ** 53, '18:9007199254740992.0^'],
    [12n, '2:12#'],
    ['', '0:;'],
    ['☃', '3:\xe2\x98\x83;'],
    [Buffer.from([0xff]), '1:\xff,'],
    [new Uint8Array([1]), '1:\x01,'],
    [[1, [true]], '14:1:1#7:4:true!]]'],
    [{ a: 1, b: undefined, c: [] }, '15:1:a;1:1#1:c;0:]}'],
    [new Map([['k', 1]]), '8:1:k;1:1#}'],
    [new Date(0), '24:1970-01-01T00:00:00.000Z;'],
    [new Date(Number.NaN), '0:~'],
    [() => 1, '0:~'],
    [Symbol('s'), '0:~'],
    [circle, '35:1:a;1:1#4:self;0:~5:twice;6:0:~0:~]}'],
  ];
  for (const [value, text] of cases) t.equal(await encoded(value), text);
});

t.test('numbers as Python writes floats, or reads them', async (t) => {
  const cases: [number, string][] = [
    [0, '0.0'],
    [1_700_000_000, '1700000000.0'],
    [1_700_000_000.123456, '1700000000.123456'],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [Number.NaN, 'nan'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ];
  for (const [number, text] of cases) t.equal(floatText(number), text);
});

t.test('content of any size', async (t) => {
  for (const size of [0, 9, 10, 16_384, 16_385, 65_535, 65_536, 70_000, 300_000]) {
    const text = 'x'.repeat(size);
    t.equal(await encoded([1, text, { k: text }, 2]), tnetstringOf(size), String(size));
  }
});

function tnetstringOf(size: number): string {
  const text = `${size}:${'x'.repeat(size)};`;
  const map = `1:k;${text}`;
  const list = `1:1#${text}${map.length}:${map}}1:2#`;
  return `${list.length}:${list}]`;
}

t.test('bodies that are on disk are counted, and written in their place', async (t) => {
  const chunks = [Buffer.from('abc'), Buffer.from('defg')];
  encoder.begin();
  const list = encoder.open(TAG.list);
  encoder.boolean(true);
  encoder.body(streamedSource(chunks));
  encoder.integer(1);
  encoder.close(list);
  const pieces = encoder.finish();
  t.equal(pieces.length, 3);
  t.equal((await collect(pieces)).toString('latin1'), '21:1:1#7:abcdefg,4:true!]');
});
