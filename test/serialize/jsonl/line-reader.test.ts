import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { DamageError } from '../../../src/serialize/input/damage.js';
import { readFlows } from '../../../src/serialize/input/reader.js';
import { prefixes } from '../../support/cuts.js';
import { Random } from '../../support/random.js';
import { until } from '../../support/until.js';
import { damageOf, pathsOf, policy, readAll, readBoth, toFormat } from '../flows.js';
import { plainHttpFlow, tcpFlow, upgradedFlow } from '../sample-flows.js';

const file = join(t.testdir({}), 'lines');

const MINIMAL = '{"type":"http","request":{"method":"GET","url":"https://example.com:8443/a?b"}}';

t.test('a line need not say much', async (t) => {
  const { flows, damage } = await readBoth(t, file, `${MINIMAL}\n`);
  t.same(damage, []);
  const { request, response, client, server, id } = flows[0] as HttpFlow;
  t.same([request.scheme, request.host, request.port, request.path], ['https', 'example.com', 8443, '/a?b']);
  t.same([request.httpVersion, request.headers.length, request.body.size], ['HTTP/1.1', 0, 0]);
  t.same([response, client.peer, server.address], [undefined, undefined, undefined]);
  t.match(id, /^[0-9a-f-]{36}$/);
});

t.test('alternative forms of members', async (t) => {
  const cases: [request: object, expected: Partial<Record<string, unknown>>][] = [
    [{ url: 'http://[::1]:81' }, { host: '::1', port: 81, path: '/' }],
    [
      { url: 'http://a/b', host: '192.0.2.1' },
      { host: '192.0.2.1', port: 80, path: '/b' },
    ],
    [
      { url: 'http://a/b', path: '/c' },
      { host: 'a', path: '/c' },
    ],
    [
      { method: 'CONNECT', url: 'a.example:443' },
      { host: 'a.example', port: 443, path: '', scheme: '' },
    ],
    [{ url: 'http://a/', headers: [['X', '\u2603']] }, { headers: 'X: \xe2\x98\x83\r\n' }],
    [{ url: 'http://a/', headers: [['X', 'y']], headersBase64: btoa('X:y\r\n') }, { headers: 'X:y\r\n' }],
    // The pairs were edited.
    [{ url: 'http://a/', headers: [['X', 'z']], headersBase64: btoa('X:y\r\n') }, { headers: 'X: z\r\n' }],
    [{ url: 'http://a/', body: 'caf\xe9' }, { body: 'caf\xc3\xa9' }],
    [{ url: 'http://a/', bodyBase64: 'AP8' }, { body: '\0\xff' }],
    [{ url: 'http://a/', bodyBase64: 'AP\n8=' }, { body: '\0\xff' }],
    [{ url: 'http://a/', body: 'x', encodedBodyBase64: 'eA==' }, { body: 'x' }],
    [{ url: 'http://a/', body: '\ud800' }, { body: '\xef\xbf\xbd' }],
    [
      { url: 'http://a/', bodySize: 7 },
      { body: undefined, size: 7 },
    ],
  ];
  for (const [request, expected] of cases) {
    const line = JSON.stringify({ type: 'http', request: { method: 'GET', ...request } });
    const { flows, damage } = await readBoth(t, file, line);
    t.same(damage, [], line);
    const { request: read } = flows[0] as HttpFlow;
    const { scheme, host, port, path, headers, body } = read;
    const content = body.kept ? (await body.rawBytes()).toString('latin1') : undefined;
    const seen = {
      scheme,
      host,
      port,
      path,
      headers: headers.bytes.toString('latin1'),
      body: content,
      size: body.size,
    };
    t.match(seen, expected, line);
  }
});

t.test('lines that are no flows are reported and passed over', async (t) => {
  const cases: [line: string, kind: string, what: RegExp][] = [
    ['[1]', 'metadata', /it is not an object/],
    ['{}', 'metadata', /type is missing/],
    ['{"type":"smtp"}', 'metadata', /type is not "http", "tcp", "udp" or "dns"/],
    ['{"type":"http"}', 'metadata', /request is missing/],
    ['{"type":"http","request":{"method":"GET"}}', 'metadata', /request\.url is missing/],
    ['{"type":"http","request":{"method":"GET","url":"/"}}', 'metadata', /request\.url is not an absolute URL/],
    ['{"type":"http","request":{"method":1,"url":"http:"}}', 'metadata', /request\.method is not text/],
    [
      MINIMAL.replace('"GET"', '"GET","headers":[["a"]]'),
      'metadata',
      /request\.headers is not a list of \[name, value\]/,
    ],
    [MINIMAL.replace('"GET"', '"GET","headers":[["a","b\\r\\nc: d"]]'), 'metadata', /line break/],
    [MINIMAL.replace('"GET"', '"GET","bodyBase64":"?"'), 'metadata', /base64/],
    [MINIMAL.replace(/\}$/, ',"response":{}}'), 'metadata', /response\.status is missing/],
    [MINIMAL.replace(/\}$/, ',"isReplay":"x"}'), 'metadata', /isReplay/],
    [MINIMAL.replace(/\}$/, ',"client":{"peer":["x"]}}'), 'metadata', /client\.peer is not \[host, port\]/],
    [MINIMAL.replace(/\}$/, ',"metadata":[]}'), 'metadata', /metadata is not an object/],
    [MINIMAL.replace(/\}$/, ',"messages":[{}]}'), 'metadata', /a message\.opcode|a message\.fromClient/],
    [MINIMAL.replace(/\}$/, ']'), 'metadata', /JSON/],
    ['text', 'metadata', /JSON/],
    [MINIMAL.replace('GET', 'GET\\r\\nX: y'), 'metadata', /request\.method is not text on one line/],
    [
      MINIMAL.replace(/\}$/, ',"response":{"status":200,"reason":"a\\nb"}}'),
      'metadata',
      /response\.reason is not text/,
    ],
  ];
  const good = `${MINIMAL}\n`;
  for (const [line, kind, what] of cases) {
    const { flows, damage } = await readBoth(t, file, `${good}${line}\n${good}`, line);
    t.same(damageOf(damage), [[kind, good.length]], line);
    t.match(damage[0]!.message, what, line);
    t.equal(flows.length, 2, line);
  }
});

t.test('a run of damaged lines is reported once', async (t) => {
  const text = `{}\na\n b\n[]\n${MINIMAL}\n\n{}\n`;
  const { flows, damage, summary } = await readBoth(t, file, text);
  t.same(damageOf(damage), [
    ['metadata', 0],
    ['metadata', text.lastIndexOf('{}')],
  ]);
  t.same([flows.length, summary.damaged], [1, 5]);
});

t.test('flows over several lines', async (t) => {
  const bytes = await toFormat('jsonl', [plainHttpFlow('/1'), upgradedFlow(), plainHttpFlow('/3')]);
  const lines = bytes.toString().trimEnd().split('\n');
  const text = lines.map((line) => `${JSON.stringify(JSON.parse(line), undefined, 2)}\n`).join('');
  const { flows, damage } = await readBoth(t, file, text);
  t.same([pathsOf(flows), damage], [['/1', '/chat', '/3'], []]);
  t.ok((await toFormat('jsonl', flows)).equals(bytes));
  const start = text.indexOf('\n{\n') + 1;
  for (const [altered, kind] of [
    [text.replace('"/chat"', '"/ch\nat"'), 'metadata'],
    // An invalid escape in a key and in a value.
    [`${text.slice(0, start)}{\n"ty\\qpe":1}\n${text.slice(text.indexOf('\n{\n', start) + 1)}`, 'metadata'],
    [text.replace('"/chat"', '"/ch\\qat"'), 'metadata'],
    [text.slice(0, start + 300), 'truncated'],
  ] as const) {
    const read = await readBoth(t, file, altered);
    t.same(damageOf(read.damage), [[kind, Buffer.byteLength(text.slice(0, start))]]);
    t.same(pathsOf(read.flows), kind === 'metadata' ? ['/1', '/3'] : ['/1']);
  }
  const other = await readAll([Buffer.from('{\n  "name": "x",\n  "version": 1\n}\n')]);
  t.same([other.flows.length, other.damage.map(({ kind }) => kind)], [0, ['metadata']]);
});

t.test('marks, blank lines, CRLF, no line end', async (t) => {
  for (const text of [
    `\ufeff${MINIMAL}\n${MINIMAL}`,
    `\n\n${MINIMAL}\r\n \t\n  ${MINIMAL}\r\n\r\n`,
    `${MINIMAL}\n${MINIMAL}  `,
  ]) {
    const { flows, damage } = await readBoth(t, file, text);
    t.same([flows.length, damage], [2, []]);
  }
});

t.test('every beginning of a file', async (t) => {
  const bytes = await toFormat('jsonl', [plainHttpFlow('/1'), upgradedFlow(), plainHttpFlow('/3')]);
  const ends = [...bytes.keys()].filter((at) => bytes[at] === 0x0a);
  const wrong: unknown[] = [];
  for (const prefix of prefixes(bytes)) {
    const { flows, damage } = await readAll([prefix]);
    const whole = ends.filter((end) => end <= prefix.length).length;
    const clean = prefix.length === 0 || ends.some((end) => prefix.length === end || prefix.length === end + 1);
    const start = whole === 0 ? 0 : ends[whole - 1]! + 1;
    const expected = clean ? [] : [['truncated', start]];
    const seen = JSON.stringify([flows.length, damageOf(damage)]);
    if (seen !== JSON.stringify([whole, expected])) wrong.push([prefix.length, seen]);
  }
  t.same(wrong, []);
});

t.test('a flipped byte spoils at most two lines', async (t) => {
  const flows = [plainHttpFlow('/1'), tcpFlow(), plainHttpFlow('/3'), plainHttpFlow('/4')];
  const bytes = await toFormat('jsonl', flows);
  const random = new Random(7);
  const wrong: unknown[] = [];
  for (let round = 0; round < 2000; round++) {
    const damaged = Buffer.from(bytes);
    // At the very beginning it would be another kind of file.
    const at = 1 + random.below(bytes.length - 1);
    damaged[at] = random.pick([0x00, 0x22, 0x5c, 0x7b, 0x7d, 0x0a, 0xff]);
    const { flows: read } = await readAll([damaged]);
    if (read.length < flows.length - 2) wrong.push([at, damaged[at], read.length]);
  }
  t.same(wrong, []);
});

t.test('hostile nesting', async (t) => {
  for (const deep of ['['.repeat(500_000), '{"a":'.repeat(300_000), `${'['.repeat(5000)}${']'.repeat(5000)}`]) {
    const line = MINIMAL.replace(/\}$/, `,"metadata":{"x":${deep}}}`);
    const { flows, damage } = await readBoth(t, file, `${line}\n${MINIMAL}\n`, deep.slice(0, 10));
    t.same([flows.length, damage.length], [1, 1]);
  }
});

t.test('strict stops at the first damage', async (t) => {
  const bytes = Buffer.from(`${MINIMAL}\n{}\n${MINIMAL}\n`);
  await t.rejects(readAll([bytes], { strict: true }), DamageError);
});

t.test('flows of a stream are handed over as soon as their line is whole', async (t) => {
  const stream = new PassThrough();
  const seen: string[] = [];
  const reading = readFlows({ stream, name: 'pipe' }, { policy, onDamage: () => {} }, (flow) => {
    seen.push(...pathsOf([flow]));
  });
  for (let at = 1; at <= 3; at++) {
    const bytes = await toFormat('jsonl', [plainHttpFlow(`/${at}`)]);
    stream.write(bytes);
    await until(() => seen.length === at, 'the flow, while the stream is open');
  }
  stream.end();
  t.equal((await reading).flows, 3);
  t.same(seen, ['/1', '/2', '/3']);
});

t.test('a message about damage is one line, also if it quotes line breaks', async (t) => {
  const name = join(t.testdir({}), 'a\nb\x1b');
  for (const content of [
    `{"a":tru\x1b\x9b\u2028}\n`,
    `{\n"a":1,\n\r"b":\n\tnul\n}\n`,
    `{"a\x01${'\\n'.repeat(5000)}":x}\n`,
  ]) {
    const { damage } = await readBoth(t, name, content);
    t.ok(damage.length > 0);
    for (const { message } of damage) {
      t.notMatch(message, /[\x00-\x1f\x7f-\x9f\u2028]/);
      t.ok(message.length < 1000, 'nor is it long');
    }
  }
});
