import { brotliCompressSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { type ComparedFlow, compare, lines } from './compared-flows.js';

const UUIDS = ['123e4567-e89b-12d3-a456-426614174000', '223e4567-e89b-12d3-a456-426614174001'] as const;

/** JSON texts, rules, and what differs. */
const JSON_CASES: [was: string, now: string, rules: string[], expected: string[]][] = [
  ['{"a":1,"b":2}', '{ "b": 2, "a": 1 }', [], []],
  ['{"price":120}', '{"price":12}', [], ['$.price: 120 → 12']],
  ['{"a":1}', '{"a":1.0}', [], []],
  ['{"a":1e2}', '{"a":100}', [], []],
  ['{"a":12345678901234567890}', '{"a":12345678901234567890.0}', [], []],
  [
    '{"a":12345678901234567890}',
    '{"a":12345678901234567891}',
    [],
    ['$.a: 12345678901234567890 → 12345678901234567891'],
  ],
  ['{"a":0.1000000000000000055}', '{"a":0.1}', [], ['$.a: 0.1000000000000000055 → 0.1']],
  ['{"a":1e400}', '{"a":1e401}', [], ['$.a: 1e400 → 1e401']],
  ['{"a":1e400}', '{"a":10e399}', [], []],
  ['[-0]', '[0]', [], []],
  ['{"a":"1"}', '{"a":1}', [], ['$.a: "1" → 1']],
  ['{"a":null}', '{}', [], ['$.a: null → missing']],
  ['{}', '{"a":{"b":1}}', [], ['$.a: missing → {b}']],
  ['{"a":[1]}', '{"a":{"0":1}}', [], ['$.a: [… 1] → {0}']],
  ['{"a":[1,2,3]}', '{"a":[1,9,3]}', [], ['$.a[1]: 2 → 9']],
  ['[1,2,3]', '[1,2,2.5,3]', [], ['$[2]: missing → 2.5']],
  ['[1,2,3]', '[2,3]', [], ['$[0]: 1 → missing']],
  ['[1,2,3]', '[3,1,2]', [], ['$: order [1, 2, 3] → order [3, 1, 2]']],
  [
    '[0,{"a":1,"b":[1.0]},{"a":2,"b":[]}]',
    '[0,{"b":[],"a":2},{"b":[1],"a":1}]',
    [],
    ['$: order [0, {a, b}, {a, b}] → order [0, {b, a}, {b, a}]'],
  ],
  ['[[1,2],[1,3]]', '[[1,3],[1,4]]', [], ['$[0][1]: 2 → 3', '$[1][1]: 3 → 4']],
  [
    '[{"a":1},{"__proto__":{}}]',
    '[{"b":1},{"a":1}]',
    [],
    ['$[0].a: 1 → missing', '$[0].b: missing → 1', '$[1].__proto__: {} → missing', '$[1].a: missing → 1'],
  ],
  ['[1,2,3]', '[3,1,2]', ['order:$'], []],
  ['[1,2,3]', '[3,1,9]', ['order:$'], ['$[1]: 2 → 9']],
  ['[1,2]', '[2,1,3]', ['order:.'], ['$[2]: missing → 3']],
  [
    '[[1,2],[3,4]]',
    '[[4,3],[2,1]]',
    ['order:$', 'order:$[*]'],
    ['$[0][0]: 1 → 4', '$[0][1]: 2 → 3', '$[1][0]: 3 → 2', '$[1][1]: 4 → 1'],
  ],
  ['{"__proto__":1}', '{"__proto__":2}', [], ['$.__proto__: 1 → 2']],
  ['{"__proto__":12345678901234567890}', '{"__proto__":1}', [], ['$.__proto__: 12345678901234567890 → 1']],
  ['{"a":1}', '{"a":2}', ['$.a'], []],
  ['{"a":1}', '{"a":2}', ['.a'], []],
  ['{"a":1}', '{}', ['$.a'], []],
  ['{}', '{"a":{"b":[1]}}', ['$.a'], []],
  ['{"a":{"b":1,"c":2}}', '{"a":{"b":9,"c":3}}', ['$.a'], []],
  ['{"a":{"b":1,"c":2}}', '{"a":{"b":9,"c":3}}', ['$.a.b'], ['$.a.c: 2 → 3']],
  ['[{"id":1},{"id":2}]', '[{"id":3},{"id":4}]', ['.[*].id'], []],
  ['[{"id":1},{"id":2}]', '[{"id":3},{"id":4}]', ['$..id'], []],
  ['[{"t":"x","v":1},{"t":"y","v":2}]', '[{"t":"x","v":3},{"t":"y","v":4}]', ['$[?@.t == "x"].v'], ['$[1].v: 2 → 4']],
  [
    '[{"id":1,"n":"a"},{"id":2,"n":"b"}]',
    '[{"id":7,"n":"a"},{"id":9,"n":"x"},{"id":8,"n":"b"}]',
    ['$[*].id'],
    ['$[1]: missing → {id, n}'],
  ],
  [`{"id":"${UUIDS[0]}"}`, `{"id":"${UUIDS[1]}"}`, ['type:uuid'], []],
  [`{"id":"${UUIDS[0]}"}`, `{"id":"${UUIDS[1]}"}`, ['type:uuid $.id'], []],
  [`{"id":"${UUIDS[0]}"}`, '{"id":"x"}', ['type:uuid $.id'], [`$.id: "${UUIDS[0]}" → "x"`]],
  [`{"id":"${UUIDS[0]}"}`, '{}', ['type:any $.id'], [`$.id: "${UUIDS[0]}" → missing`]],
  ['{"id":{"a":1}}', '{"id":7}', ['type:any $.id'], []],
  [`{"m":"order ${UUIDS[0]} made"}`, `{"m":"order ${UUIDS[1]} made"}`, ['type:uuid'], []],
  [
    `{"m":"order ${UUIDS[0]} made"}`,
    `{"m":"order ${UUIDS[1]} lost"}`,
    ['type:uuid'],
    [`$.m: "order ${UUIDS[0]} made" → "order ${UUIDS[1]} lost"`],
  ],
  ['{"at":1717156800}', '{"at":1717156999}', ['type:timestamp'], []],
  ['{"n":12345678901234567890}', '{"n":12345678901234567891}', ['type:number $.n'], []],
  ['{"m":"took 12 ms"}', '{"m":"took 15 ms"}', ['/[0-9]+ ms/'], []],
  ['{"a":1', '{"a":2', [], ['line 1: {"a":1 → {"a":2']],
  ['{"a":1}', '{"a":', [], ['body: JSON, 7 bytes → application/json, 5 bytes']],
  [
    `${'['.repeat(60_000)}1${']'.repeat(60_000)}`,
    `${'['.repeat(60_000)}2${']'.repeat(60_000)}`,
    [],
    ['body: JSON → other JSON, nested too deeply to be compared'],
  ],
];
for (const [was, now, rules, expected] of JSON_CASES) {
  const headers = ['Content-Type: application/json'];
  const name = `${was.slice(0, 60)} and ${now.slice(0, 60)} with ${rules}`;
  t.test(name, async (t) =>
    t.same(lines(await compare({ headers, body: was }, { headers, body: now }, rules)), expected),
  );
}

function typed(type: string, body: string | Buffer, ...headers: string[]): ComparedFlow {
  return { headers: [`Content-Type: ${type}`, ...headers], body };
}

const multipart = (boundary: string, name: string, value: string): ComparedFlow =>
  typed(
    `multipart/form-data; boundary=${boundary}`,
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="j"\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n--${boundary}--\r\n`,
  );

const FORM = 'application/x-www-form-urlencoded';
const LINES = Array.from({ length: 1000 }, (_, at) => `line ${at}`);
const CASES: [name: string, was: ComparedFlow, now: ComparedFlow, rules: string[], expected: string[]][] = [
  ['form', typed(FORM, 'a=1&b=2&b=3'), typed(FORM, 'b=2&b=4&a=1'), [], ['parameter b: 3 → 4']],
  ['form with an ignored field', typed(FORM, 'a=1&t=x'), typed(FORM, 't=y&a=1'), ['param:t'], []],
  ['form with a missing field', typed(FORM, 'a=1'), typed(FORM, ''), [], ['parameter a: 1 → missing']],
  ['multipart', multipart('x', 'a', '1'), multipart('y', 'a', '1'), [], []],
  ['multipart with another value', multipart('x', 'a', '1'), multipart('y', 'a', '2'), [], ['part a line 1: 1 → 2']],
  [
    'multipart with another part',
    multipart('x', 'a', '1'),
    multipart('y', 'b', '1'),
    [],
    ['part a: 1 byte → missing', 'part b: missing → 1 byte'],
  ],
  ['multipart with an ignored part', multipart('x', 'a', '1'), multipart('y', 'a', '2'), ['param:a'], []],
  ['text', typed('text/plain', 'a\nb\nc'), typed('text/plain', 'a\nx\nc'), [], ['line 2: b → x']],
  ['line ends', typed('text/plain', 'a\r\nb'), typed('text/plain', 'a\nb'), [], []],
  [
    'an inserted line',
    typed('text/plain', LINES.join('\n')),
    typed('text/plain', LINES.toSpliced(500, 0, 'new').join('\n')),
    [],
    ['line 501: missing → new'],
  ],
  [
    'lines inserted and changed',
    typed('text/plain', LINES.join('\n')),
    typed('text/plain', LINES.toSpliced(10, 0, 'new').with(900, 'other').join('\n')),
    [],
    ['line 11: missing → new', 'line 901: line 899 → other'],
  ],
  [
    'text with a regex',
    typed('text/html', '<i value="a1">'),
    typed('text/html', '<i value="b2">'),
    ['/value="[^"]*"/'],
    [],
  ],
  ['regex over lines', typed('text/plain', '<\na\n>\nx'), typed('text/plain', '<\nb\nc\n>\nx'), ['/<.*>/s'], []],
  [
    'regex and a difference',
    typed('text/plain', 'id 1\nx'),
    typed('text/plain', 'id 2\ny'),
    ['/id [0-9]+/'],
    ['line 2: x → y'],
  ],
  [
    'long lines',
    typed('text/plain', `${'a'.repeat(500)}1`),
    typed('text/plain', `${'a'.repeat(500)}2`),
    [],
    [`line 1: …${'a'.repeat(20)}1 → …${'a'.repeat(20)}2`],
  ],
  [
    'latin1 and UTF-8',
    typed('text/plain; charset=iso-8859-1', Buffer.from('\xe9', 'latin1')),
    typed('text/plain; charset=utf-8', 'é'),
    ['header:content-type'],
    [],
  ],
  [
    'binary',
    typed('image/png', Buffer.from([1, 0])),
    typed('image/png', Buffer.from([2, 0, 1])),
    [],
    ['body: 2 bytes, SHA-256 47dc540c94ce… → 3 bytes, SHA-256 9463926d4640…'],
  ],
  ['body ignored', typed('image/png', Buffer.from([1, 0])), typed('image/png', Buffer.from([2])), ['body'], []],
  ['no type, JSON', { body: '{"a":1}' }, { body: '{"a":2}' }, [], ['$.a: 1 → 2']],
  [
    'JSON to HTML',
    typed('application/json', '{}'),
    typed('text/html', '<h1>'),
    ['header:content-type'],
    ['body: JSON, 2 bytes → text/html, 4 bytes'],
  ],
  ['other type, same content', typed('application/json', '{}'), typed('text/plain', '{}'), ['header:content-type'], []],
  [
    'gzip and plain',
    typed('text/plain', gzipSync('abc'), 'Content-Encoding: gzip'),
    typed('text/plain', 'abc'),
    ['header:content-encoding'],
    [],
  ],
  [
    'gzip and br',
    typed('application/json', gzipSync('{"a":1}'), 'Content-Encoding: gzip'),
    typed('application/json', brotliCompressSync('{"a":2}'), 'Content-Encoding: br'),
    ['header:content-encoding'],
    ['$.a: 1 → 2'],
  ],
  [
    'gzip of another level',
    typed('text/plain', gzipSync('abc', { level: 9 }), 'Content-Encoding: gzip'),
    typed('text/plain', gzipSync('abc', { level: 1 }), 'Content-Encoding: gzip'),
    [],
    [],
  ],
  [
    'damaged coding',
    typed('text/plain', 'abc', 'Content-Encoding: gzip'),
    typed('text/plain', 'abc', 'Content-Encoding: gzip'),
    [],
    [],
  ],
  [
    'messages',
    { messages: ['{"a":1}', 'x'] },
    { messages: ['{"a":2}', 'x', 'y'] },
    [],
    ['message 1 $.a: 1 → 2', 'message 3: missing → "y"'],
  ],
  ['messages with a rule', { messages: ['{"a":1}'] }, { messages: ['{"a":2}'] }, ['$.a'], []],
  [
    'hosts in content',
    { host: 'prod', body: '{"self":"http://prod/1"}' },
    { host: 'test:81', body: '{"self":"http://test:81/1"}' },
    [],
    [],
  ],
];
for (const [name, was, now, rules, expected] of CASES) {
  t.test(name, async (t) => t.same(lines(await compare(was, now, rules)), expected));
}

t.test('damaged coding on one side', async (t) => {
  const [difference] = await compare(
    typed('text/plain', gzipSync('abc'), 'Content-Encoding: gzip'),
    typed('text/plain', 'abc', 'Content-Encoding: gzip'),
  );
  t.equal(difference?.kind, 'body');
});

t.test('bodies above the limit are compared by hash', async (t) => {
  const headers = ['Content-Type: application/json'];
  const settings = { limit: 5 };
  t.same(await compare({ headers, body: '{"a":1}' }, { headers, body: '{"a":1}' }, [], settings), []);
  const differences = await compare({ headers, body: '{"a":1}' }, { headers, body: '{"a": 1}' }, [], settings);
  t.match(lines(differences), [/^body: 7 bytes, SHA-256 .* → 8 bytes, SHA-256 /]);
});

t.test('sizes by tolerance', async (t) => {
  const settings = { sizeTolerance: 0.1 };
  t.same(lines(await compare({ body: 'a'.repeat(100) }, { body: 'b'.repeat(110) }, ['body'], settings)), []);
  t.same(lines(await compare({ body: 'a'.repeat(100) }, { body: 'b'.repeat(111) }, ['body'], settings)), [
    'size: 100 bytes → 111 bytes',
  ]);
});

t.test('many differences', async (t) => {
  const numbers = (first: number) => JSON.stringify(Array.from({ length: 5000 }, (_, at) => at + first));
  t.equal((await compare({ body: numbers(0) }, { body: numbers(10_000) })).length, 1000);
  const text = (word: string) => `${word}\n`.repeat(5000);
  t.equal((await compare(typed('text/plain', text('a')), typed('text/plain', text('b')))).length, 100);
});

t.test('long numbers anywhere in a text', async (t) => {
  const headers = ['Content-Type: application/json'];
  for (let before = 0; before < 40; before++) {
    const [was, now] = ['9007199254740992', '9007199254740993'].map((number) => `[${' '.repeat(before)}${number}]`);
    t.same(lines(await compare({ headers, body: was! }, { headers, body: now! }, [])), [
      '$[0]: 9007199254740992 → 9007199254740993',
    ]);
  }
});
