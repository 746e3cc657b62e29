import t from 'tap';
import { HpackError } from '../../../../src/engine/http2/errors.js';
import { HpackDecoder } from '../../../../src/engine/http2/hpack/decoder.js';
import { HpackEncoder } from '../../../../src/engine/http2/hpack/encoder.js';
import { flipped, prefixes } from '../../../support/cuts.js';
import { Random } from '../../../support/random.js';

type Decoded = [name: string, value: string, neverIndexed?: true];

function decode(decoder: HpackDecoder, block: Buffer): Decoded[] {
  const fields: Decoded[] = [];
  decoder.decode(block, (name, value, neverIndexed) => {
    fields.push(neverIndexed ? [name, value, true] : [name, value]);
  });
  return fields;
}

function encode(encoder: HpackEncoder, fields: readonly Decoded[]): Buffer {
  for (const [name, value, neverIndexed] of fields) encoder.add(name, value, neverIndexed === true);
  return encoder.finish();
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const REQUESTS: readonly (readonly Decoded[])[] = [
  [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'www.example.com'],
  ],
  [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'www.example.com'],
    ['cache-control', 'no-cache'],
  ],
  [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', '/index.html'],
    [':authority', 'www.example.com'],
    ['custom-key', 'custom-value'],
  ],
];

const RESPONSES: readonly (readonly Decoded[])[] = [
  [
    [':status', '302'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['location', 'https://www.example.com'],
  ],
  [
    [':status', '307'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['location', 'https://www.example.com'],
  ],
  [
    [':status', '200'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'],
    ['location', 'https://www.example.com'],
    ['content-encoding', 'gzip'],
    ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
  ],
];

t.test('the examples of RFC 7541, Appendix C', async (t) => {
  for (const [name, block, fields] of [
    ['C.2.1', '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', [['custom-key', 'custom-header']]],
    ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', [[':path', '/sample/path']]],
    ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', [['password', 'secret', true]]],
    ['C.2.4', '82', [[':method', 'GET']]],
  ] as const) {
    t.same(decode(new HpackDecoder(), hex(block)), fields, name);
  }
  const sequences: [string, string[], readonly (readonly Decoded[])[]][] = [
    [
      'C.3',
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ],
      REQUESTS,
    ],
    [
      'C.4',
      [
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ],
      REQUESTS,
    ],
    // The table has 256 bytes in the examples of responses.
    [
      'C.5',
      [
        '3fe101 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '4803 3330 37c1 c0bf',
        '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
      ],
      RESPONSES,
    ],
    [
      'C.6',
      [
        '3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
        '4883 640e ffc1 c0bf',
        '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
      ],
      RESPONSES,
    ],
  ];
  for (const [name, blocks, fields] of sequences) {
    const decoder = new HpackDecoder();
    for (const [at, block] of blocks.entries()) t.same(decode(decoder, hex(block)), fields[at], `${name}.${at + 1}`);
  }
});

t.test('blocks that cannot be decoded', async (t) => {
  for (const [what, block] of [
    ['index 0', '80'],
    ['an index outside the tables', 'be'],
    ['a name outside the tables', '7f0001 61'],
    ['an incomplete number', 'ff'],
    ['a number that is too large', 'ffffffffffff0f'],
    ['a text longer than its block', '400461'],
    ['a name without a value', '4001 61'],
    ['a name without its length', '40'],
    ['padding longer than 7 bits', '0001 61 82 1fff'],
    ['padding that is not of ones', '0001 61 81 18'],
    ['the end of string', '0001 61 84 ffff ffff'],
    ['a table larger than allowed', '3fe21f'],
    ['a table size after a field', '82 20'],
  ] as const) {
    t.throws(() => decode(new HpackDecoder(), hex(block)), HpackError, what);
  }
});

t.test('what is encoded is decoded to the same, with tables of any size', async (t) => {
  const random = new Random(7);
  const names = ['a', 'cookie', 'x-long-name-that-repeats', 'authorization', ':path', 'date', 'X Y', 'set-cookie'];
  const values = ['', 'v', 'GET', 'a value of some length', 'x'.repeat(900), 'y'.repeat(3000), '\xff\0\x80~~~'];
  for (let round = 0; round < 50; round++) {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    for (let block = 0; block < 20; block++) {
      if (random.below(4) === 0) encoder.setLimit(random.below(3) === 0 ? 0 : random.below(6000));
      const fields = Array.from({ length: random.below(8) }, (): Decoded => {
        const value = random.below(3) === 0 ? random.bytes(random.below(40)).toString('latin1') : random.pick(values);
        return random.below(4) === 0 ? [random.pick(names), value, true] : [random.pick(names), value];
      });
      t.same(decode(decoder, encode(encoder, fields)), fields);
    }
  }
});

t.test('repeated fields become indexes, sensitive ones never', async (t) => {
  const encoder = new HpackEncoder();
  const fields: Decoded[] = [
    [':method', 'GET'],
    ['x-name', 'value'],
    ['x-secret', 'value', true],
  ];
  encode(encoder, fields);
  t.match(encode(encoder, fields).toString('hex'), /^82be10/);
});

t.test('damaged blocks are decoded to something else, or refused', async (t) => {
  const encoder = new HpackEncoder();
  const block = encode(encoder, RESPONSES.flat());
  for (const bytes of [...prefixes(block), ...flipped(block, [0, 0x20, 0x3f, 0x7f, 0x80, 0xff])]) {
    try {
      decode(new HpackDecoder(), bytes);
    } catch (error) {
      if (!(error instanceof HpackError)) t.fail(String(error));
    }
  }
});
