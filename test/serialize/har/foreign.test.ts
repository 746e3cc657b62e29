import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { isBase64Content } from '../../../src/serialize/har/body/is-base64.js';
import { DamageLog } from '../../../src/serialize/input/damage.js';
import { Omissions } from '../../../src/serialize/shared/omissions.js';
import { readAll, toFormat } from '../flows.js';
import { entryWith, factsOf, plainEntry, readEntries } from './foreign.js';

type Case = [what: string, members: Record<string, unknown>, extras: Record<string, unknown>, omitted?: string];

async function check(t: Test, cases: readonly Case[]): Promise<void> {
  for (const [what, members, expected, omitted] of cases) {
    const { flows, damage, summary } = await readEntries([entryWith(members)]);
    t.same(damage, [], what);
    const extras = await factsOf(flows[0]!);
    t.strictSame(Object.fromEntries(Object.keys(expected).map((key) => [key, extras[key]])), expected, what);
    t.equal(summary.omitted, omitted, what);
  }
}

t.test('times', async (t) => {
  const firefox = { blocked: 0, dns: 119, connect: 125, ssl: 141, send: 0, wait: 99, receive: 46 };
  const zero = { blocked: 0, dns: 0, connect: 0, ssl: 0, send: 0, wait: 0, receive: 0 };
  const unknown = { blocked: -1, dns: -1, connect: -1, ssl: -1, send: -1, wait: -1, receive: -1 };
  await check(t, [
    ['ssl beside connect', { time: 530, timings: firefox }, { duration: 530 }],
    ['ssl inside connect', { time: 389, timings: firefox }, { duration: 389 }],
    ['ssl in a longer connect', { time: undefined, timings: { ...firefox, connect: 200 } }, { duration: 464 }],
    ['ssl longer than connect', { time: undefined, timings: firefox }, { duration: 530 }],
    ['ssl without connect', { time: 241, timings: { ...firefox, dns: -1, connect: -1, wait: 54 } }, { duration: 241 }],
    ['a rounded time', { time: 530.4, timings: firefox }, { duration: 530 }],
    ['phases that are not all', { time: 700, timings: firefox }, { duration: 700 }],
    ['empty', { time: 530, timings: {} }, { duration: 530 }],
    ['no timings', { time: 530, timings: undefined }, { duration: 530 }],
    ['zero', { time: 530, timings: zero }, { duration: 530 }],
    ['unknown', { time: 530, timings: unknown }, { duration: 530 }],
    ['text', { time: '530', timings: { wait: '5' } }, { duration: 530 }],
    ['no time', { time: -1, timings: { ...zero, wait: 7 } }, { duration: 7 }],
    ['a date with a blank', { startedDateTime: '2024-05-31 12:00:00.5' }, { created: 1717156800.5 }],
    ['milliseconds', { startedDateTime: 1717156800500 }, { created: 1717156800.5 }],
    ['seconds as text', { startedDateTime: '1717156800.5' }, { created: 1717156800.5 }],
    ['beyond all dates', { startedDateTime: 1e300 }, { created: 0 }, '1 invalid member: startedDateTime (1)'],
  ]);
});

t.test('methods', async (t) => {
  const form = { mimeType: 'application/x-www-form-urlencoded', params: [{ name: 'a', value: 1 }] };
  const cases: [method: unknown, members: object, line: string, omitted?: string][] = [
    [null, {}, 'GET'],
    ['', {}, 'GET'],
    [null, { 'request.postData': { mimeType: 'text/plain', text: 'x' } }, 'POST'],
    ['', { 'request.postData': form }, 'POST'],
    [' PUT ', {}, 'PUT'],
    ['get', {}, 'get'],
    ['G T', {}, 'GET', '1 invalid member: request.method (1)'],
    ['GET\r\nX: y', {}, 'GET', '1 invalid member: request.method (1)'],
  ];
  await check(
    t,
    cases.map(([method, members, line, omitted]) => [
      JSON.stringify(method),
      { 'request.method': method, ...members },
      { line: `${line} https://a/ HTTP/1.1` },
      omitted,
    ]),
  );
});

t.test('a response without a status', async (t) => {
  const error = 'The response has no status.';
  await check(t, [
    [
      'headers',
      { 'response.status': 0, 'response.content': {}, 'response.headers.0': ['A', 'b'] },
      { status: '0', responseHeaders: ['A: b'], content: '', error },
    ],
    ['content', { 'response.status': -1 }, { status: '0', content: 'ok', error }],
    [
      'its own error',
      { 'response.status': 0, 'response._error': 'NS_BINDING_ABORTED' },
      { status: '0', error: 'NS_BINDING_ABORTED' },
    ],
    [
      'an error that is an object',
      { 'response._error': { code: 'ECONNRESET', message: 'reset' } },
      { status: '200', error: 'reset' },
      '1 invalid member: response._error (1)',
    ],
    [
      'nothing',
      { 'response.status': 0, 'response.content': { size: 0, mimeType: 'x-unknown' } },
      { status: undefined, error: undefined },
    ],
    ['text', { 'response.status': '404' }, { status: '404', error: undefined }],
  ]);
});

t.test('types beside a body', async (t) => {
  const html = { size: 2, text: 'ok', mimeType: 'text/html' };
  await check(t, [
    [
      'used',
      { 'response.content': html },
      { responseHeaders: ['Content-Type: text/html'], har: { response: ['mimeType: text/html'] } },
    ],
    [
      'in the case of the others',
      { 'response.content': html, 'response.headers.0': ['a', 'b'] },
      { responseHeaders: ['a: b', 'content-type: text/html'] },
    ],
    [
      'beside a header',
      { 'response.content': html, 'response.headers.0': ['content-type', 'a/b'] },
      { responseHeaders: ['content-type: a/b'], har: undefined },
    ],
    [
      'charset',
      { 'response.content': { text: 'é', mimeType: 'text/html; charset=latin1' } },
      { responseHeaders: ['Content-Type: text/html; charset=latin1'], content: '\xe9' },
    ],
    ['no type', { 'response.content': { ...html, mimeType: 'x-unknown' } }, { responseHeaders: [] }],
    ['a line break', { 'response.content': { ...html, mimeType: 'text/html\r\nA: b' } }, { responseHeaders: [] }],
    [
      'of a request',
      { 'request.postData': { mimeType: 'a/b', text: 'x' } },
      { headers: ['Content-Type: a/b'], har: { request: ['mimeType: a/b'] } },
    ],
    ['of no body', { 'request.postData': { mimeType: 'a/b', text: '' } }, { headers: [] }],
  ]);
});

t.test('headers', async (t) => {
  const headers = (...list: unknown[]): Record<string, unknown> => ({ 'response.headers': list });
  const member = (count: number, name: string) =>
    `${count} invalid member${count === 1 ? '' : 's'}: ${name} (${count})`;
  await check(t, [
    [
      'a list',
      headers({ name: 'Set-Cookie', value: ['a=1', 'b=2'] }),
      { responseHeaders: ['Set-Cookie: a=1', 'Set-Cookie: b=2'] },
    ],
    ['a list in a pair', headers(['A', ['x', 5]]), { responseHeaders: ['A: x', 'A: 5'] }],
    [
      'text of others',
      headers({ name: 'A', value: true }, { name: 'B', value: 0 }),
      { responseHeaders: ['A: true', 'B: 0'] },
    ],
    ['line feeds', headers({ name: 'A', value: 'x\ny\r\nz' }), { responseHeaders: ['A: x', 'A: y', 'A: z'] }],
    [
      'names that cannot be',
      headers(...[' X-Pad', 'X-Pad ', 'A:B', '', 'X\r\nY'].map((name) => ({ name, value: 'x' })), ['X-Pad', 'y']),
      { responseHeaders: ['X-Pad: y'] },
      member(5, 'response.headers[].name'),
    ],
    [
      'an object in a list',
      headers(['A', ['x', {}]]),
      { responseHeaders: ['A: x'] },
      member(1, 'response.headers[].value'),
    ],
    [
      'an object of them',
      { 'response.headers': { A: 'x', B: ['y', 'z'] } },
      { responseHeaders: ['A: x', 'B: y', 'B: z'] },
    ],
    [
      'pseudo-headers',
      { 'request.headers': [{ name: ':authority', value: 'b' }], 'request.httpVersion': 'h2' },
      { headers: [] },
    ],
  ]);
});

t.test('headers with characters beyond one byte come back', async (t) => {
  const values = ['日本', 'é', 'é 日本', 'Ã©', '\u{1f600}', '\x80\xff'];
  const headers = values.map((value) => ({ name: 'A', value }));
  const { flows } = await readEntries([entryWith({ 'response.headers': headers, 'response.statusText': '日本' })]);
  for (let round = 0, read = flows; round < 2; round++) {
    const bytes = await toFormat('har', read);
    const [entry] = JSON.parse(bytes.toString()).log.entries;
    t.same(entry.response.headers, headers);
    t.equal(entry.response.statusText, '日本');
    read = (await readAll([bytes])).flows;
    t.strictSame((await factsOf(read[0]!)).responseHeaders, (await factsOf(flows[0]!)).responseHeaders);
  }
});

t.test('bodies that stand in parts, or as JSON', async (t) => {
  const post = (postData: object, more: object = {}) => ({
    'request.method': 'POST',
    'request.postData': postData,
    ...more,
  });
  const boundary = (type: string) => ({ 'request.headers': [['Content-Type', type]] });
  const parts = [
    { name: 'a', value: 5 },
    { name: 'f"', fileName: 'x.txt', contentType: 'text/plain', value: 'hello' },
  ];
  const multipart = (mark: string) =>
    `--${mark}\r\nContent-Disposition: form-data; name="a"\r\n\r\n5\r\n` +
    `--${mark}\r\nContent-Disposition: form-data; name="f%22"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--${mark}--\r\n`;
  const json = (...params: object[]) => post({ mimeType: 'application/json', params });
  await check(t, [
    [
      'urlencoded',
      post({ mimeType: 'application/x-www-form-urlencoded', params: [{ name: 'a b', value: 5 }, { name: 'c' }] }),
      { body: 'a+b=5&c=' },
    ],
    ['multipart', post({ mimeType: 'multipart/form-data; boundary=q', params: parts }), { body: multipart('q') }],
    [
      'boundary of the header',
      post({ mimeType: 'multipart/form-data', params: parts }, boundary('multipart/form-data; boundary="r s"')),
      { body: multipart('r s') },
    ],
    ['plain text', post({ mimeType: 'text/plain', params: [{ name: 'a', value: 'b' }] }), { body: 'a=b\r\n' }],
    [
      'no type',
      post({ params: [{ name: 'a', value: 'b' }] }),
      { body: 'a=b', headers: ['Content-Type: application/x-www-form-urlencoded'] },
    ],
    [
      'JSON',
      json(
        { name: 'a', value: 1 },
        { name: 'b', value: 'x' },
        { name: 'b', value: { c: 2 } },
        { name: '__proto__', value: null },
      ),
      { body: '{"a":1,"b":["x",{"c":2}],"__proto__":null}' },
    ],
    ['a JSON list', json({ name: '0', value: 'x' }, { name: '1', value: 2 }), { body: '["x",2]' }],
    [
      'another type',
      post({ mimeType: 'application/xml', params: [{ name: 'a', value: 'b' }] }),
      { body: '' },
      '1 invalid member: request.postData.params (1)',
    ],
    ['text counts', post({ mimeType: 'text/plain', params: parts, text: 'x' }), { body: 'x' }],
    ['an object', post({ mimeType: 'application/json', text: { a: [1] } }), { body: '{"a":[1]}' }],
    ['a number', post({ mimeType: 'application/json', text: 0 }), { body: '0' }],
    ['content', { 'response.content': { text: [1, null] } }, { content: '[1,null]' }],
    [
      'a file without its content',
      post({ mimeType: 'multipart/form-data; boundary=q', params: [{ name: 'f', fileName: 'x' }] }),
      { body: '--q\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\r\n--q--\r\n' },
      '1 body was not kept by the program that wrote this',
    ],
  ]);
  const [made] = (await readEntries([entryWith(post({ mimeType: 'multipart/form-data', params: parts }))])).flows;
  const { headers, body } = await factsOf(made!);
  const mark = /^Content-Type: multipart\/form-data; boundary=(.+)$/.exec((headers as string[])[0]!)![1]!;
  t.equal(body, multipart(mark), 'a boundary of our own is named');
});

t.test('a query beside the URL', async (t) => {
  const query = (url: string, ...list: [unknown, unknown][]) => ({
    'request.url': url,
    'request.queryString': list.map(([name, value]) => ({ name, value })),
  });
  const line = (url: string) => ({ line: `GET ${url} HTTP/1.1` });
  await check(t, [
    [
      'appended',
      query('https://a/x#y', ['a', '1'], ['b', 'x y']),
      { ...line('https://a/x?a=1&b=x%20y'), har: { request: ['path: /x'] } },
    ],
    [
      'escaped as in a URL',
      query('https://a/', ['a', 'x%20y'], ['b', '100% & é']),
      line('https://a/?a=x%20y&b=100%25%20%26%20%C3%A9'),
    ],
    ['the URL counts', query('https://a/?c', ['a', '1']), { ...line('https://a/?c'), har: undefined }],
    ['numbers', query('https://a/', ['a', 1]), line('https://a/?a=1')],
  ]);
});

t.test('content that claims to be base64', async (t) => {
  const cases: [text: string, size: number, others: number[], is: boolean][] = [
    ['b2s=', 2, [], true],
    ['b2s=', 0, [], true],
    ['b2s', 2, [], true],
    ['b2\r\ns=\r\n', 2, [], true],
    ['-_-_', 3, [], true],
    ['', 0, [], true],
    ['b2s=', 3, [], false],
    ['b2s=', 3, [2], true],
    ['MANUALLY REMOVED', 1096, [], false],
    ['MANUALLY REMOVED', 0, [], false],
    ['removed', 0, [], false],
    ['redacted', 0, [], true],
    ['redacted', 1096, [], false],
    ['b2s==', 0, [], false],
    ['b2t=', 0, [], false],
    ['A', 0, [], false],
    ['[redacted]', 0, [], false],
    ['AAAA'.repeat(1000), 5, [], true],
  ];
  for (const [text, size, others, is] of cases)
    t.equal(isBase64Content(text, size, others), is, `${text.slice(0, 20)} ${size} ${others}`);
  const read = '1 body claims to be base64 and was read as text';
  await check(t, [
    [
      'removed',
      { 'response.content': { encoding: 'base64', text: 'Content removed', size: 1096 } },
      { content: 'Content removed' },
      read,
    ],
    [
      'length of the header',
      {
        'response.content': { encoding: 'BASE64', text: 'b2s=', size: 9 },
        'response.headers': [['Content-Length', 2]],
      },
      { content: 'ok' },
    ],
    ['of a request', { 'request.postData': { encoding: 'base64', text: '[gone]' } }, { body: '[gone]' }, read],
    [
      'another encoding',
      { 'response.content.encoding': 'rot13' },
      { content: 'ok' },
      '1 invalid member: response.content.encoding (1)',
    ],
  ]);
});

t.test('encoded content in chunks, as Polly.JS keeps it', async (t) => {
  const encoded = gzipSync('hello');
  const chunks = [encoded.subarray(0, 7), encoded.subarray(7)].map((chunk) => chunk.toString('base64'));
  const content = { encoding: 'base64', text: JSON.stringify(chunks), size: encoded.length };
  await check(t, [
    [
      'gzip',
      { 'response.content': content, 'response.headers': [['Content-Encoding', 'gzip']] },
      { content: 'hello', responseHeaders: ['Content-Encoding: gzip'], har: undefined },
    ],
  ]);
});

t.test('binary content as text', async (t) => {
  const png = '\x89PNG\r\n\x1a\n\0';
  const bytes = '1 binary body was stored as text and read as its bytes';
  await check(t, [
    ['a character a byte', { 'response.content': { mimeType: 'image/png', text: png } }, { content: png }, bytes],
    ['without a type', { 'response.content': { text: png } }, { content: png }, bytes],
    ['text of one byte', { 'response.content': { mimeType: 'text/plain', text: 'é' } }, { content: '\xc3\xa9' }],
    ['SVG', { 'response.content': { mimeType: 'image/svg+xml', text: 'é' } }, { content: '\xc3\xa9' }],
    [
      'replaced',
      { 'response.content': { mimeType: 'image/png', text: '\ufffdPNG' } },
      { content: '\xef\xbf\xbdPNG' },
      '1 binary body was stored as text and lost bytes',
    ],
  ]);
});

t.test('bytes that are not UTF-8 are reported', async (t) => {
  const text = JSON.stringify({ log: { entries: [plainEntry(), entryWith({ comment: 'caf\xe9' })] } });
  const { damage, summary } = await readAll([Buffer.from(text, 'latin1')]);
  t.same([damage, summary.omitted], [[], '1 value has bytes that are not UTF-8']);
  t.equal((await readAll([Buffer.from(text)])).summary.omitted, undefined);
  t.equal((await readEntries([entryWith({ comment: '\ufffd' })])).summary.omitted, undefined, 'U+FFFD itself');
  const line = `${JSON.stringify({ type: 'http', request: { method: 'GET', url: 'http://a/' }, comment: '\xe9' })}\n`;
  t.equal((await readAll([Buffer.from(line, 'latin1')])).summary.omitted, '1 value has bytes that are not UTF-8');
});

t.test('entries that are not HTTP are counted by scheme, in their places', async (t) => {
  const urls = ['data:,x', 'blob:https://a/1', 'data:,y', 'chrome-extension://abc/x.js', 'about:blank'];
  const places: string[] = [];
  const { flows, damage, summary } = await readEntries(
    urls.map((url) => entryWith({ 'request.url': url })),
    { onOmission: (place) => places.push(place) },
  );
  t.same([flows, damage, summary.unknown], [[], [], 0]);
  t.equal(summary.omitted, '5 entries that are not HTTP: data: (2), blob: (1), chrome-extension: (1), about: (1)');
  t.match(places[0], /^input: in the entry at offset 35 the URL scheme is data:, not HTTP$/);
  t.equal(places.length, 5);
});

t.test('WebSocket messages', async (t) => {
  const messages = [null, { type: 'send', data: { a: 1 }, opcode: 1, time: 1 }, 5, { data: 'x' }];
  await check(t, [
    [
      'odd ones',
      { _webSocketMessages: messages },
      { messages: ['{"a":1}', 'x'] },
      '2 invalid members: _webSocketMessages[] (2)',
    ],
  ]);
});

t.test('a foreign or damaged _tsdump', async (t) => {
  for (const own of [5, {}, { x: 1 }, { request: 1 }, { request: {}, client: { peer: 1 } }, { request: {}, id: 5 }]) {
    await check(t, [
      [
        JSON.stringify(own),
        { _tsdump: own, comment: 'c' },
        { comment: 'c', content: 'ok' },
        '1 invalid member: _tsdump (1)',
      ],
    ]);
  }
});

t.test('bodies that were not kept', async (t) => {
  const omitted = async (members: Record<string, unknown>) => (await readEntries([entryWith(members)])).summary.omitted;
  const one = '1 body was not kept by the program that wrote this';
  const file = '1 body is in a file of its own, which is not read';
  const length = { 'response.headers': [{ name: 'content-length', value: '5' }] };
  for (const [members, wanted] of [
    [{ 'response.content': { size: 5 } }, one],
    [{ 'response.content': { size: -1 }, 'response.bodySize': 5 }, one],
    [{ 'response.content': { size: -1 }, 'response.bodySize': -1, ...length }, one],
    [{ 'response.content': { size: 0 }, ...length }, undefined],
    [{ 'response.content': { size: -1 }, ...length, 'request.method': 'HEAD' }, undefined],
    [{ 'response.content': { size: -1 }, ...length, 'response.status': 304 }, undefined],
    [{ 'response.content': { size: -1, _file: 'a.html' } }, file],
    [{ 'request.postData': { mimeType: 'text/plain', text: '', _file: 'a.txt' } }, file],
    [{ 'request.bodySize': 0, 'request.headers': [{ name: 'Content-Length', value: '3' }] }, one],
    [{ 'request.bodySize': -1, 'request.headers': [{ name: 'Content-Length', value: '3' }] }, one],
  ] as const) {
    t.equal(await omitted(members), wanted, JSON.stringify(members));
  }
});

t.test('the line at the end', async (t) => {
  const entries = [1, 2, 3, 4].map(() => entryWith({ 'response._error': {}, 'response.content': { size: 5 } }));
  entries[0]!.comment = 5;
  const { summary } = await readEntries(entries);
  t.equal(
    summary.omitted,
    '4 bodies were not kept by the program that wrote this, 5 invalid members: response._error (4), comment (1)',
  );
});

t.test('an entry with very many odd messages takes little memory', async (t) => {
  const entry = entryWith({ _webSocketMessages: new Array(5000).fill(null) });
  t.equal((await readEntries([entry])).summary.omitted, '5000 invalid members: _webSocketMessages[] (5000)');
  await t.rejects(readEntries([entry], { strict: true }), /_webSocketMessages\[0\] is not an object/);
});

t.test('any number of names takes little memory and a short line', async (t) => {
  const omissions = new Omissions(new DamageLog('input', false, () => {}));
  for (let name = 0; name < 1000; name++) {
    omissions.begin(name);
    omissions.scheme(`x${name}:`);
    omissions.commit();
  }
  t.match(omissions.summary, /^1000 entries that are not HTTP: others \(950\), x0: \(1\), .* and 31 more$/);
});
