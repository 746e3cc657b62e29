import { gzipSync } from 'node:zlib';
import t from 'tap';
import { Body } from '../../../src/flow/body/body.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest, type RequestParts } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { describeFlow, readAll, toFormat } from '../flows.js';
import { connectFlow, plainHttpFlow, sampleFlows, streamedSource, upgradedFlow } from '../sample-flows.js';

// biome-ignore lint/suspicious/noExplicitAny: what a HAR looks like is tested here
type Entry = any;

async function entryOf(flow: HttpFlow): Promise<Entry> {
  return JSON.parse((await toFormat('har', [flow])).toString()).log.entries[0];
}

/** @param pieces whether it can only be read piece by piece */
function bodyOf(headers: Headers, bytes: Buffer, pieces: boolean): Body {
  const source = pieces
    ? streamedSource([bytes.subarray(0, 2), bytes.subarray(2)])
    : { ...streamedSource([bytes]), buffer: bytes };
  return Body.of(headers, source, bytes.length, true);
}

function responseWith(bytes: Buffer, fields: Record<string, string>, pieces = false): HttpFlow {
  const flow = plainHttpFlow();
  const headers = Headers.from(fields);
  const body = bodyOf(headers, bytes, pieces);
  flow.response = new HttpResponse({ statusCode: 200, reason: 'OK', httpVersion: 'HTTP/1.1', headers, body });
  return flow;
}

function requestWith(
  parts: Partial<RequestParts>,
  fields: Record<string, string> = {},
  bytes?: Buffer,
  pieces = false,
): HttpFlow {
  const { response, client, server } = plainHttpFlow();
  const headers = Headers.from(fields);
  const request = new HttpRequest({
    method: 'POST',
    scheme: 'https',
    host: 'a.example',
    port: 443,
    authority: '',
    path: '/',
    httpVersion: 'HTTP/1.1',
    headers,
    ...(bytes && { body: bodyOf(headers, bytes, pieces) }),
    ...parts,
  });
  const flow = Object.assign(plainHttpFlow(), { client, server, response });
  return Object.assign(flow, { request });
}

const TEXT = Buffer.from('grün');
const CONTENTS: [name: string, bytes: Buffer, fields: Record<string, string>, content: object][] = [
  [
    'text',
    TEXT,
    { 'content-type': 'text/plain' },
    { size: 5, text: 'grün', encoding: undefined, compression: undefined },
  ],
  ['text in UTF-8', TEXT, { 'content-type': 'a/b;charset="UTF-8"' }, { text: 'grün', encoding: undefined }],
  ['bytes', Buffer.from([0xff, 0]), {}, { size: 2, mimeType: '', text: '/wA=', encoding: 'base64' }],
  [
    'text in another charset',
    Buffer.from('gr\xfcn', 'latin1'),
    { 'content-type': 'text/plain; charset=iso-8859-1' },
    { text: 'Z3L8bg==', encoding: 'base64' },
  ],
  [
    'UTF-8 that claims to be something else',
    TEXT,
    { 'content-type': 'text/plain; charset=iso-8859-1' },
    { text: TEXT.toString('base64'), encoding: 'base64' },
  ],
  [
    'ASCII in another charset',
    Buffer.from('abc'),
    { 'content-type': 'text/plain; charset=gbk' },
    { text: 'abc', encoding: undefined },
  ],
  ['UTF-16', Buffer.from('ab'), { 'content-type': 'text/plain; charset=utf-16' }, { text: 'YWI=', encoding: 'base64' }],
  [
    'gzip',
    gzipSync('a'.repeat(1000)),
    { 'content-encoding': 'gzip' },
    { size: 1000, text: 'a'.repeat(1000), compression: 1000 - gzipSync('a'.repeat(1000)).length },
  ],
  [
    'gzip that ends early',
    gzipSync('a'.repeat(1000)).subarray(0, -8),
    { 'content-encoding': 'gzip' },
    { size: 1000, text: 'a'.repeat(1000), _incomplete: true },
  ],
  ['what is not gzip', TEXT, { 'content-encoding': 'gzip' }, { size: 5, text: 'grün', compression: undefined }],
];
for (const [name, bytes, fields, content] of CONTENTS) {
  t.test(`content: ${name}`, async (t) => {
    for (const pieces of [false, true]) {
      const flow = responseWith(bytes, fields, pieces);
      const { response } = await entryOf(flow);
      t.match(response, { bodySize: bytes.length, content });
      const { flows } = await readAll([await toFormat('har', [flow])]);
      t.ok((await (flows[0] as HttpFlow).response!.body.rawBytes()).equals(bytes), 'it comes back');
    }
  });
}

t.test('content that was not kept, and that cannot be read', async (t) => {
  const flow = responseWith(TEXT, {});
  flow.response = new HttpResponse({ statusCode: 200, reason: '', httpVersion: 'HTTP/1.1', headers: new Headers() });
  flow.response.body.append(TEXT);
  t.same((await entryOf(flow)).response.content, { size: 5, mimeType: '' });
  const failing = responseWith(TEXT, {}, true);
  failing.response!.body.stored!.read = async function* () {
    yield* [];
    throw new Error('gone');
  };
  let text = '';
  await t.rejects(
    toFormat('har', [failing, plainHttpFlow()], {}, (bytes) => (text = bytes.toString())),
    /gone/,
  );
  t.equal(JSON.parse(text).log.entries.length, 1);
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const POSTS: [name: string, bytes: Buffer, fields: Record<string, string>, postData: object][] = [
  [
    'a form',
    Buffer.from('a=1+2&b=%C3%BC'),
    FORM,
    {
      text: 'a=1+2&b=%C3%BC',
      params: [
        { name: 'a', value: '1 2' },
        { name: 'b', value: 'ü' },
      ],
    },
  ],
  ['text', TEXT, { 'content-type': 'text/plain' }, { mimeType: 'text/plain', text: 'grün', _base64: undefined }],
  ['bytes', Buffer.from([0xff, 0]), {}, { mimeType: '', text: '', _base64: '/wA=' }],
];
for (const [name, bytes, fields, postData] of POSTS) {
  t.test(`postData: ${name}`, async (t) => {
    for (const pieces of [false, true]) {
      for (const method of ['POST', 'GET', 'DELETE']) {
        const flow = requestWith({ method }, fields, bytes, pieces);
        const { params: _asked, ...needed } = postData as { params?: unknown };
        t.match((await entryOf(flow)).request.postData, pieces ? needed : postData, method);
        const { flows } = await readAll([await toFormat('har', [flow])]);
        t.ok((await (flows[0] as HttpFlow).request.body.rawBytes()).equals(bytes), 'it comes back');
      }
    }
  });
}

t.test('a request without a body has no postData', async (t) => {
  t.equal((await entryOf(plainHttpFlow())).request.postData, undefined);
});

t.test('sizes of heads', async (t) => {
  const fields = { Host: 'a.example' };
  const head = 'Host: a.example\r\n\r\n'.length;
  const cases: [parts: Partial<RequestParts>, size: number][] = [
    [{}, 'POST / HTTP/1.1\r\n'.length + head],
    [{ authority: 'a.example', path: '/x' }, 'POST https://a.example/x HTTP/1.1\r\n'.length + head],
    [{ method: 'CONNECT', authority: 'a.example:443', path: '' }, 'CONNECT a.example:443 HTTP/1.1\r\n'.length + head],
    [{ httpVersion: 'HTTP/2.0' }, -1],
  ];
  for (const [parts, size] of cases) t.equal((await entryOf(requestWith(parts, fields))).request.headersSize, size);
  const { response } = await entryOf(responseWith(TEXT, fields));
  t.equal(response.headersSize, 'HTTP/1.1 200 OK\r\n'.length + head);
});

t.test('fields that pairs do not say all of come back', async (t) => {
  const block = Buffer.from('A:b\r\nlong: x\r\n  y\r\nno colon\r\n:authority: a\r\n', 'latin1');
  const flow = requestWith({ headers: new Headers(block) });
  const { flows } = await readAll([await toFormat('har', [flow])]);
  t.equal((flows[0] as HttpFlow).request.headers.bytes.toString('latin1'), block.toString('latin1'));
});

t.test('URLs and their queries', async (t) => {
  const cases: [parts: Partial<RequestParts>, url: string, query: [string, string][]][] = [
    [
      { path: '/a?x=1&y=%C3%BC+z&x' },
      'https://a.example/a?x=1&y=%C3%BC+z&x',
      [
        ['x', '1'],
        ['y', 'ü z'],
        ['x', ''],
      ],
    ],
    [{ path: '/caf\xe9 "' }, 'https://a.example/caf%E9%20"', []],
    [{ path: '*', method: 'OPTIONS' }, 'https://a.example', []],
    [{ host: '::1', port: 8443 }, 'https://[::1]:8443/', []],
  ];
  for (const [parts, url, query] of cases) {
    const { request } = await entryOf(requestWith(parts));
    t.equal(request.url, url);
    t.same(
      request.queryString,
      query.map(([name, value]) => ({ name, value })),
    );
  }
});

t.test('failures', async (t) => {
  const { request, response, serverIPAddress, connection } = await entryOf(connectFlow());
  t.equal(request.url, 'https://[::1]:443/');
  t.match(response, { status: 0, statusText: '', bodySize: -1, headersSize: -1, _error: 'refused', headers: [] });
  t.same([serverIPAddress, connection], [undefined, undefined]);
  const [full] = sampleFlows() as [HttpFlow];
  t.match((await entryOf(full)).response, { status: 599, _error: full.error!.message });
});

t.test('a WebSocket as Chrome writes it', async (t) => {
  const flow = upgradedFlow();
  const { _resourceType, _webSocketMessages, response } = await entryOf(flow);
  t.equal(_resourceType, 'websocket');
  t.equal(response.status, 101);
  t.match(_webSocketMessages, [
    { type: 'send', opcode: 1, data: 'hi' },
    { type: 'receive', opcode: 2, data: '' },
    { type: 'receive', opcode: 2, data: '/w==' },
  ]);
  flow.websocket = undefined;
  const opaque = await entryOf(flow);
  t.same([opaque._resourceType, opaque._webSocketMessages, opaque._messages.length], [undefined, undefined, 3]);
});

t.test('members that Chrome lacks are restored, too', async (t) => {
  const flow = upgradedFlow();
  flow.messages!.append({ fromClient: true, opcode: 1, timestamp: 5, content: Buffer.from('a\xff', 'latin1') });
  flow.messages!.append({ fromClient: true, opcode: 1, timestamp: 6, content: Buffer.from('b'), dropped: true });
  flow.messages!.append({ fromClient: false, opcode: 2, timestamp: 7, content: Buffer.from('c'), injected: true });
  const bytes = await toFormat('har', [flow]);
  const [entry] = JSON.parse(bytes.toString()).log.entries;
  t.same(entry._webSocketMessages.slice(3), [
    { type: 'send', time: 5, opcode: 1, data: 'a\ufffd', _base64: 'Yf8=' },
    { type: 'send', time: 6, opcode: 1, data: 'b', _dropped: true },
    { type: 'receive', time: 7, opcode: 2, data: 'Yw==', _injected: true },
  ]);
  const { flows } = await readAll([bytes]);
  t.strictSame(await describeFlow(flows[0]!), await describeFlow(flow));
});

t.test('connections: the first flow has the times, all have the name', async (t) => {
  const [first, second] = [plainHttpFlow('/1'), plainHttpFlow('/2')];
  second.server = first.server;
  const { log } = JSON.parse((await toFormat('har', [first, second])).toString());
  t.same(
    log.entries.map((entry: Entry) => [entry.connection, entry.timings.connect, entry.serverIPAddress]),
    [
      [first.server.id, 1, '192.0.2.1'],
      [first.server.id, -1, '192.0.2.1'],
    ],
  );
});

t.test('invalid dates', async (t) => {
  for (const time of [Number.NaN, 1e300, -1e300]) {
    const flow = plainHttpFlow();
    flow.request.timestampStart = time;
    t.match((await entryOf(flow)).startedDateTime, /^\d{4}-\d\d-\d\dT/);
  }
});

t.test('nothing is a HAR, too', async (t) => {
  t.same(JSON.parse((await toFormat('har', [])).toString()).log.entries, []);
});
