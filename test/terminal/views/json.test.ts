import t from 'tap';
import { jsonView } from '../../../src/terminal/views/json.js';
import { parseMediaType } from '../../../src/terminal/views/media-type.js';
import { viewed } from './collect-text.js';

const JSON_TYPE = 'application/json';

t.test('lays JSON out', async (t) => {
  const table: [input: string, output: string][] = [
    ['{}', '{}'],
    ['[ ]', '[]'],
    ['[[],{}]', '[\n    [],\n    {}\n]'],
    ['{"a":1,"b":[true,null,"x"]}', '{\n    "a": 1,\n    "b": [\n        true,\n        null,\n        "x"\n    ]\n}'],
    [' { "a" : { "b" : "c" } } ', '{\n    "a": {\n        "b": "c"\n    }\n}'],
    [
      '[12345678901234567890.10, -0, 1E400, 0.1e-7]',
      '[\n    12345678901234567890.10,\n    -0,\n    1E400,\n    0.1e-7\n]',
    ],
    ['{"a":1,"a":2,"2":0,"1":0}', '{\n    "a": 1,\n    "a": 2,\n    "2": 0,\n    "1": 0\n}'],
    ['["é ☃ \\u00e9 \\u001b \\" {}[],:"]', '[\n    "é ☃ \\u00e9 \\u001b \\" {}[],:"\n]'],
    ['\ufeff[1]', '[\n    1\n]'],
    ['"text"', '"text"'],
    ['\r\n\t false', 'false'],
  ];
  for (const [input, output] of table) t.equal(viewed(jsonView, input, JSON_TYPE), output, input);
  t.equal(viewed(jsonView, Buffer.from('["\xe9"]', 'latin1'), 'application/json; charset=latin1'), '[\n    "é"\n]');
});

t.test('the result has the same value', async (t) => {
  const value = {
    text: 'x'.repeat(40_000),
    list: Array.from({ length: 5000 }, (_, index) => ({ index, half: index / 2 })),
  };
  const text = viewed(jsonView, JSON.stringify(value), JSON_TYPE);
  t.equal(text, JSON.stringify(value, null, 4));
});

t.test('takes nothing else', async (t) => {
  const valid = '{"a":[1,-2.5e3,"x\\u00e9\\n",{"b":null},true],"c":{}}';
  for (let end = 0; end < valid.length; end++) {
    t.equal(viewed(jsonView, valid.slice(0, end), JSON_TYPE), undefined, `prefix of ${end}`);
  }
  const table = [
    '{a:1}',
    '[1,]',
    '{"a":1,}',
    '[1 2]',
    '01',
    '1.',
    '+1',
    '.5',
    'nul',
    '["\n"]',
    '["\\x"]',
    '[1]]',
    '{"a"}',
    '{]',
    '[}',
  ];
  for (const input of [
    ...table,
    '{"a":1}{"b":2}',
    '["\\u12g4"]',
    "['a']",
    '// x\n1',
    'NaN',
    '{1:2}',
    '[,1]',
    '{"a":}',
  ]) {
    t.equal(viewed(jsonView, input, JSON_TYPE), undefined, input);
  }
  t.ok(viewed(jsonView, '['.repeat(100) + ']'.repeat(100), JSON_TYPE));
  t.equal(viewed(jsonView, '['.repeat(101) + ']'.repeat(101), JSON_TYPE), undefined, 'too deep');
});

t.test('agrees with JSON.parse about damaged text', async (t) => {
  const valid = '{"id":12,"tags":["a","\\u00e9\\\\"],"x":{"y":[-1.5e+2,0,true,false,null]}}';
  const alphabet = '{}[]",:\\ue0159-+. \ntrx';
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  for (let round = 0; round < 5000; round++) {
    const at = random(valid.length);
    const text = valid.slice(0, at) + alphabet[random(alphabet.length)]! + valid.slice(at + random(3));
    const result = viewed(jsonView, text, JSON_TYPE);
    let expected: unknown;
    try {
      expected = JSON.parse(text);
    } catch {
      if (result !== undefined) t.fail(`taken for JSON: ${text}`);
      continue;
    }
    if (result === undefined) t.fail(`not taken for JSON: ${text}`);
    else if (JSON.stringify(JSON.parse(result)) !== JSON.stringify(expected)) t.fail(`changed: ${text}`);
  }
  t.pass('compared');
});

t.test('its kind', async (t) => {
  const types: [type: string, matches: boolean][] = [
    ['application/json', true],
    ['APPLICATION/JSON; charset=utf-8', true],
    ['application/vnd.api+json', true],
    ['text/json', true],
    ['application/x-ndjson', false],
    ['text/html', false],
    ['', false],
  ];
  for (const [type, matches] of types) t.equal(jsonView.matchesType(parseMediaType(type)), matches, type);
  const beginnings: [content: string, matches: boolean][] = [
    ['{', true],
    ['\r\n [', true],
    ['\ufeff{', true],
    ['x{', false],
    ['"a"', false],
    ['1', false],
  ];
  const none = parseMediaType('');
  for (const [content, matches] of beginnings)
    t.equal(jsonView.matchesContent(Buffer.from(content), none), matches, content);
});
