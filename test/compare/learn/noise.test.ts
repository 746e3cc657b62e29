import t from 'tap';
import { differingMiddles, isToken, noiseShape, pathNoise, textNoise } from '../../../src/compare/learn/noise.js';

type Pairs = [recorded: unknown, replayed: unknown][];

/** Values of a place that differed, of how many comparisons, and the shape that is learned. */
const PLACES: [name: string, pairs: Pairs, compared: number, shape: string | undefined][] = [
  ['id', [['123e4567-e89b-12d3-a456-426614174000', '223e4567-e89b-12d3-a456-426614174001']], 1, 'uuid'],
  ['at', [['2024-05-31T12:00:00Z', '2024-05-31T12:00:05.5Z']], 1, 'timestamp'],
  ['at', [[1_717_156_800, 1_717_156_801]], 1, 'timestamp'],
  ['at', [[1_717_156_800.123, 1_717_156_801]], 5, 'timestamp'],
  ['token', [['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIyIn0.c2lo']], 1, 'jwt'],
  ['id', [['4ca775bc32224c17a277ab4f3d1c2222', '7129652947cc45cd8a81a4e3532d4054']], 1, 'any'],
  ['id', [['req_8f3k2pQ7', 'req_x71mq4Zz9']], 1, 'any'],
  ['etag', [['W/"a1b2c3d4e5"', 'W/"f6a7b8c9d0"']], 1, 'any'],
  ['state', [['0.8883882702099826', '0.05697129824323499']], 1, 'number'],
  ['load', [[12, 15]], 1, 'number'],
  ['took_ms', [[12, 15]], 1, 'number'],
  ['elapsedMs', [[12, 15]], 1, 'number'],
  ['X-Runtime', [['0.012', '0.015']], 1, 'number'],
  [
    'rank',
    [
      [1, 7],
      [3, 4],
      [9, 2],
    ],
    3,
    'number',
  ],
  [
    'pod',
    [
      ['web-1', 'web-7'],
      ['web-3', 'web-4'],
      ['web-9', 'web-2'],
    ],
    3,
    'number',
  ],
  [
    'pod',
    [
      ['blue', 'green'],
      ['red', 'black'],
      ['white', 'grey'],
    ],
    3,
    'any',
  ],
  [
    'location',
    [['/jobs/123e4567-e89b-12d3-a456-426614174000', '/jobs/223e4567-e89b-12d3-a456-426614174001']],
    1,
    'uuid',
  ],
  ['location', [['/orders/8f3k2pQ7', '/orders/x71mq4Zz9']], 1, 'any'],
  // May be real differences.
  ['price', [[120, 12]], 1, undefined],
  ['price', [[120, 12]], 50, undefined],
  [
    'rank',
    [
      [1, 7],
      [3, 4],
      [9, 2],
    ],
    10,
    undefined,
  ],
  [
    'rank',
    [
      [1, 2],
      [2, 1],
      [1, 2],
    ],
    3,
    undefined,
  ],
  [
    'stock',
    [
      [5, 4],
      [4, 5],
      [5, 4],
      [4, 5],
    ],
    4,
    undefined,
  ],
  ['state', [['pending', 'done']], 1, undefined],
  [
    'state',
    [
      ['pending', 'done'],
      ['done', 'pending'],
      ['pending', 'done'],
    ],
    3,
    undefined,
  ],
  ['flag', [[true, false]], 1, undefined],
  [
    'flag',
    [
      [true, false],
      [false, true],
      [true, false],
    ],
    3,
    undefined,
  ],
  ['name', [['Alice', 'Bob']], 1, undefined],
  ['version', [['1.2.3', '1.2.4']], 1, undefined],
  ['sku', [['SKU-1234-ABCD', 'SKU-9876-WXYZ']], 1, undefined],
  ['at', [['2024-05-31T12:00:00Z', 'never']], 1, undefined],
  [
    'location',
    [['/jobs/123e4567-e89b-12d3-a456-426614174000', '/v2/223e4567-e89b-12d3-a456-426614174001']],
    1,
    undefined,
  ],
  ['value', [[null, 1]], 1, undefined],
];
for (const [name, pairs, compared, shape] of PLACES) {
  const values = pairs.map(([recorded, replayed]) => ({ recorded, replayed }));
  const found = noiseShape(name, values, { compared, differed: pairs.length });
  t.equal(found, shape, `${name} ${JSON.stringify(pairs)} of ${compared}`);
}

const LINES: [recorded: string, replayed: string, rule: string | undefined][] = [
  ['made at 2024-05-31T12:00:00Z', 'made at 2024-05-31T12:00:01Z', 'type:timestamp'],
  ['<i id="123e4567-e89b-12d3-a456-426614174000">', '<i id="223e4567-e89b-12d3-a456-426614174001">', 'type:uuid'],
  ['<input value="b5da38c5082d4217">', '<input value="88fe4f7067eb4734">', '/<input value="[\\w]+/'],
  [`${'x'.repeat(50)} nonce-a1b2c3d4`, `${'x'.repeat(50)} nonce-e5f6a7b8`, `/${'x'.repeat(23)} nonce-[\\w]+/`],
  ['a/b?(t=a1b2c3d4)', 'a/b?(t=e5f6a7b8)', '/a\\/b\\?\\(t=[\\w]+/'],
  ['b5da38c5082d4217', '88fe4f7067eb4734', undefined],
  ['<p>Hello</p>', '<p>Sale</p>', undefined],
  ['total 120', 'total 12', undefined],
];
for (const [recorded, replayed, rule] of LINES) t.equal(textNoise(recorded, replayed), rule, recorded);

const PATHS: [pairs: Pairs, rule: string | undefined][] = [
  [[['/orders/8f3k2pQ7', '/orders/x71mq4Zz9']], '/^\\/orders\\/[^\\/]+$/'],
  [
    [
      ['https://a.example/o/8f3k2pQ7/items', 'https://a.example/o/x71mq4Zz9/items'],
      ['https://a.example/o/h2Kk81aQ-w/items', 'https://a.example/o/p0Z9m4Xx/items'],
    ],
    '/^https:\\/\\/a\\.example\\/o\\/[^\\/]+\\/items$/',
  ],
  // Of another part, which may be secret, the rule has nothing.
  [
    [
      ['/users/1/o/8f3k2pQ7', '/users/1/o/x71mq4Zz9'],
      ['/users/2/o/h2Kk81aQ', '/users/2/o/p0Z9m4Xx'],
    ],
    '/^\\/users\\/[^\\/]+\\/o\\/[^\\/]+$/',
  ],
  [[['/reset/s3cretTok9Ab/8f3k2pQ7', '/reset/s3cretTok9Ab/x71mq4Zz9']], '/^\\/reset\\/[^\\/]+\\/[^\\/]+$/'],
  [
    [
      ['/orders/8f3k2pQ7', '/orders/x71mq4Zz9'],
      ['/users/h2Kk81aQ', '/users/p0Z9m4Xx'],
    ],
    undefined,
  ],
  [[['/orders/8f3k2pQ7/summary', '/orders/x71mq4Zz9/details']], undefined],
  [[['/orders/8f3k2pQ7', '/v2/orders/x71mq4Zz9']], undefined],
  [[['W/"a1b2c3d4e5"', 'W/"f6a7b8c9d0"']], undefined],
  [[[1, 2]], undefined],
];
for (const [pairs, rule] of PATHS) {
  const values = pairs.map(([recorded, replayed]) => ({ recorded, replayed }));
  t.equal(pathNoise(values), rule, JSON.stringify(pairs));
}

t.same(differingMiddles('req_abc1', 'req_xyz1'), ['abc1', 'xyz1']);
for (const text of ['a1b2c3d4', 'AbCdEfGh', 'x9-a1b2c3d4e5']) t.ok(isToken(text), text);
for (const text of ['', 'a1b2', 'december', '12345678', 'Version2', 'a b1c2d3e4', 'two-words-here'])
  t.notOk(isToken(text), text);
