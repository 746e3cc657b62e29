import { gzipSync } from 'node:zlib';
import t from 'tap';
import { Body } from '../../../../src/flow/body/body.js';
import { MemorySource } from '../../../../src/flow/body/byte-source.js';
import { keyOf, requestFields, SIGNATURE_SIZE, signatureOf } from '../../../../src/replay/server/key/request-key.js';
import { type Exchange, exchange } from '../../../addons/rewrite/flows.js';
import { KEYS } from '../recorded.js';

async function key(parts: Exchange, options: Partial<typeof KEYS> = {}): Promise<string> {
  return keyOf(await requestFields(exchange(parts), { ...KEYS, ...options }));
}

const typed = (type: string, requestBody: string): Exchange => ({
  method: 'POST',
  request: [['Content-Type', type]],
  requestBody,
});
const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
const upload = (boundary: string, ...parts: string[]): Exchange =>
  typed(
    `multipart/form-data; boundary=${boundary}`,
    `${parts.map((part) => `--${boundary}\r\nContent-Disposition: form-data; ${part}`).join('\r\n')}\r\n--${boundary}--\r\n`,
  );

t.test('requests that are the same', async (t) => {
  const same: [string, Exchange, Exchange, Partial<typeof KEYS>?][] = [
    ['query in another order', { url: 'http://a/?x=1&y=2' }, { url: 'http://a/?y=2&x=1' }],
    ['repeated parameters in another order', { url: 'http://a/?x=1&x=2' }, { url: 'http://a/?x=2&x=1' }],
    ['query in another spelling', { url: 'http://a/?x=a%20b' }, { url: 'http://a/?x=a+b' }],
    ['an empty query', { url: 'http://a/?' }, { url: 'http://a/' }],
    ['form in another order', typed(FORM, 'a=1&b=2'), typed(FORM, 'b=2&a=1')],
    ['JSON in another spelling', typed(JSON_TYPE, '{"a":1,"b":[1]}'), typed(JSON_TYPE, '{ "b": [1.0], "a": 1 }')],
    ['JSON of another type', typed('text/plain', '{"a":1}'), typed('application/vnd.x+json', '{"a": 1}')],
    ['JSON that curl calls a form', typed(FORM, '{"a":1,"b":"x=y&z"}'), typed(FORM, '{ "b": "x=y&z", "a": 1 }')],
    ['a form that looks like JSON', typed(FORM, '{"a":1}=1&b=2'), typed(FORM, 'b=2&{"a":1}=1')],
    ['another boundary', upload('X', 'name="a"\r\n\r\n1'), upload('Y', 'name="a"\r\n\r\n1')],
    [
      'parts in another order',
      upload('X', 'name="a"\r\n\r\n1', 'name="b"\r\n\r\n2'),
      upload('X', 'name="b"\r\n\r\n2', 'name="a"\r\n\r\n1'),
    ],
    ['headers', { request: [['X-A', '1']] }, { request: [['X-A', '2']] }],
    ['range of another method', { method: 'POST', request: [['Range', 'bytes=0-1']] }, { method: 'POST' }],
    ['host', { url: 'http://a/' }, { url: 'http://b/' }, { ignoreHost: true }],
    ['port', { url: 'http://a:1/' }, { url: 'http://a:2/' }, { ignorePort: true }],
    ['content', typed(FORM, 'a=1'), typed(FORM, 'a=2'), { ignoreContent: true }],
    ['parameter', { url: 'http://a/?x=1&n=1' }, { url: 'http://a/?x=1&n=2' }, { ignoreParams: new Set(['n']) }],
    ['form field', typed(FORM, 'a=1&n=1'), typed(FORM, 'a=1'), { ignorePayloadParams: new Set(['n']) }],
    [
      'part',
      upload('X', 'name="a"\r\n\r\n1', 'name="n"\r\n\r\n1'),
      upload('X', 'name="a"\r\n\r\n1'),
      { ignorePayloadParams: new Set(['n']) },
    ],
  ];
  for (const [name, one, other, options] of same) {
    t.equal(await key(one, options), await key(other, options), name);
    if (options) t.not(await key(one), await key(other), `${name}, which counts`);
  }
});

t.test('requests that are not the same', async (t) => {
  const different: [string, Exchange, Exchange, Partial<typeof KEYS>?][] = [
    ['method', { method: 'GET' }, { method: 'HEAD' }],
    ['scheme', { url: 'http://a:1/' }, { url: 'https://a:1/' }],
    ['path', { url: 'http://a/x' }, { url: 'http://a/X' }],
    ['spelling of the path', { url: 'http://a/%41' }, { url: 'http://a/A' }],
    ['parameters of the path', { url: 'http://a/x;v=1' }, { url: 'http://a/x;v=2' }],
    ['value of a parameter', { url: 'http://a/?x=1' }, { url: 'http://a/?x=2' }],
    ['number of a parameter', { url: 'http://a/?x=1' }, { url: 'http://a/?x=1&x=1' }],
    ['border of a parameter', { url: 'http://a/?x=1&y=2' }, { url: 'http://a/?x=1%26y%3D2' }],
    ['order of an array', typed(JSON_TYPE, '[1,2]'), typed(JSON_TYPE, '[2,1]')],
    ['a long id', typed(JSON_TYPE, '{"id":9007199254740993}'), typed(JSON_TYPE, '{"id":9007199254740992}')],
    ['file name', upload('X', 'name="a"; filename="1"\r\n\r\n1'), upload('X', 'name="a"; filename="2"\r\n\r\n1')],
    ['content of a part', upload('X', 'name="a"\r\n\r\n1'), upload('X', 'name="a"\r\n\r\n2')],
    ['bytes', typed('text/plain', 'a'), typed('text/plain', 'b')],
    ['body at all', typed('text/plain', 'a'), typed('text/plain', '')],
    ['WebSocket', { request: [['Upgrade', 'websocket']] }, {}],
    ['range', { request: [['Range', 'bytes=0-1']] }, { request: [['range', 'bytes=2-3']] }],
    ['range at all', { request: [['Range', 'bytes=0-']] }, {}],
    ['header', { request: [['X-A', '1']] }, { request: [['x-a', '2']] }, { useHeaders: ['x-a'] }],
    ['header at all', { request: [['X-A', '']] }, {}, { useHeaders: ['x-a'] }],
  ];
  for (const [name, one, other, options] of different) t.not(await key(one, options), await key(other, options), name);
});

t.test('content coding does not count', async (t) => {
  const plain = typed(JSON_TYPE, '{"a":1}');
  const coded: Exchange = {
    ...plain,
    request: [...plain.request!, ['Content-Encoding', 'gzip']],
    requestBody: '{ "a": 1 }',
  };
  t.equal(await key(plain), await key(coded));
  t.ok(gzipSync('{}').length > 0);
});

t.test('a body on disk is read, a large one only hashed', async (t) => {
  const content = Buffer.from(`{"a":"${'x'.repeat(5000)}"}`);
  const of = async (text: Buffer, options: Partial<typeof KEYS> = {}) => {
    const flow = exchange({ method: 'POST' });
    const { request } = flow;
    const source = new MemorySource(text);
    const onDisk = { size: source.size, buffer: undefined, read: () => source.read(), release: () => {} };
    const body = Body.of(request.headers, onDisk, text.length, true);
    Object.defineProperty(request, 'body', { value: body });
    return keyOf(await requestFields(flow, { ...KEYS, ...options }));
  };
  const spaced = Buffer.from(content.toString().replace(':', ' : '));
  t.equal(await of(content), await of(spaced));
  t.not(await of(content, { bodyLimit: 100 }), await of(spaced, { bodyLimit: 100 }));
  t.equal(await of(content, { bodyLimit: 100 }), await of(Buffer.from(content), { bodyLimit: 100 }));
});

t.test('content gets the same key in memory, on disk in any pieces, and with a content coding', async (t) => {
  const of = async (text: Buffer, type: string, { pieces = 0, coded = false } = {}) => {
    const flow = exchange({ method: 'POST', request: [['Content-Type', type], ...(coded ? [CODED] : [])] });
    const { request } = flow;
    const bytes = coded ? gzipSync(text) : text;
    const read = async function* () {
      for (let at = 0; at < bytes.length; at += pieces) yield bytes.subarray(at, at + pieces);
    };
    const onDisk = { size: bytes.length, buffer: undefined, read, release: () => {} };
    const source = pieces === 0 ? new MemorySource(bytes) : onDisk;
    Object.defineProperty(request, 'body', { value: Body.of(request.headers, source, bytes.length, true) });
    return keyOf(await requestFields(flow, KEYS));
  };
  const CODED = ['Content-Encoding', 'gzip'] as [string, string];
  const contents: [string, string, string][] = [
    ['text', 'text/plain', 'x'.repeat(1000)],
    ['short text', 'text/plain', 'x'],
    ['JSON after white space', 'text/plain', `${' '.repeat(600)}{"a": 1}`],
    ['white space', 'text/plain', ' '.repeat(600)],
    ['a form', FORM, `a=${'1'.repeat(600)}&b=2`],
    [
      'parts',
      'multipart/form-data; boundary=X',
      `--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--X--\r\n`,
    ],
  ];
  for (const [name, type, text] of contents) {
    const content = Buffer.from(text);
    const expected = await of(content, type);
    for (const pieces of [1, 250, 5000]) t.equal(await of(content, type, { pieces }), expected, `${name} by ${pieces}`);
    t.equal(await of(content, type, { coded: true }), expected, `${name}, coded`);
    t.equal(await of(content, type, { coded: true, pieces: 7 }), expected, `${name}, coded, on disk`);
  }
});

t.test('uploads that are too large for memory, part by part', async (t) => {
  const file = (content: string) => `name="f"; filename="a.bin"\r\nContent-Type: image/png\r\n\r\n${content}`;
  const long = 'x'.repeat(3 << 20);
  const limited = { bodyLimit: 1000 };
  const one = upload('X', file(long), 'name="a"\r\n\r\n1');
  const same = upload('Y', 'name="a"\r\n\r\n1', file(long));
  t.equal(await key(one, limited), await key(same, limited), 'another boundary and order');
  t.equal(await key(one, limited), await key(one), 'as in memory');
  const others: [string, Exchange][] = [
    ['file', upload('X', file(`${long}y`), 'name="a"\r\n\r\n1')],
    ['field', upload('X', file(long), 'name="a"\r\n\r\n2')],
    ['name of the file', upload('X', file(long).replace('a.bin', 'b.bin'), 'name="a"\r\n\r\n1')],
  ];
  for (const [name, other] of others) t.not(await key(one, limited), await key(other, limited), name);
  const withoutField = { ...limited, ignorePayloadParams: new Set(['a']) };
  t.equal(await key(one, withoutField), await key(others[1]![1], withoutField), 'an ignored field');
  const withoutFile = { ...limited, ignorePayloadParams: new Set(['f']) };
  t.equal(await key(one, withoutFile), await key(others[0]![1], withoutFile), 'an ignored file');
});

t.test('signatures tell which parts are equal', async (t) => {
  const signature = async (parts: Exchange) => [
    ...signatureOf(await requestFields(exchange(parts), KEYS), new Uint32Array(SIGNATURE_SIZE)),
  ];
  const [one, other] = [await signature({ url: 'http://a/x/1?q=1' }), await signature({ url: 'http://a/x/2?q=2' })];
  t.same(
    one.map((number, at) => number === other[at]),
    [false, true, true, false, true, true, true],
  );
});
