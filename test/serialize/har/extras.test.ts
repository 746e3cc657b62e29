import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import type { FormatName } from '../../../src/serialize/formats.js';
import { readAll, toFormat } from '../flows.js';
import { entryWith } from './foreign.js';
import { lost } from './lost.js';

// biome-ignore lint/suspicious/noExplicitAny: what a HAR looks like is tested here
type Har = any;

const file = join(t.testdir({}), 'file.har');
const WAYS: FormatName[][] = [
  ['har'],
  ['native', 'har'],
  ['mitmproxy', 'har'],
  ['jsonl', 'har'],
  ['har', 'har', 'har'],
];

/** What comes back from a HAR by way of other formats. */
async function through(way: readonly FormatName[], har: unknown): Promise<Har> {
  writeFileSync(file, typeof har === 'string' ? har : JSON.stringify(har));
  let { flows } = await readAll(file);
  let bytes: Buffer = Buffer.alloc(0);
  for (const format of way) {
    bytes = await toFormat(format, flows);
    ({ flows } = await readAll([bytes]));
  }
  return JSON.parse(bytes.toString());
}

const ENTRY = entryWith({
  pageref: 'page_1',
  _initiator: { type: 'script', stack: [{ url: 'https://a/x.js', line: 3 }] },
  _priority: 'High',
  _resourceType: 'xhr',
  connection: '443',
  serverIPAddress: '[2001:db8::1]',
  cache: { beforeRequest: null, comment: 'c' },
  startedDateTime: '2024-05-31T14:00:00.123+02:00',
  time: 43.25,
  timings: { blocked: 1.5, dns: 2, connect: 20, ssl: 10, send: 0.25, wait: 9.5, receive: 10, _queued: 1, comment: 't' },
  'request.url': 'https://a:8443/x?y=1#fragment',
  'request.httpVersion': 'h2',
  'request.headersSize': -1,
  'request.bodySize': 7,
  'request.comment': 'r',
  'request.headers': [
    { name: ':method', value: 'GET' },
    { name: ':authority', value: 'a:8443' },
    { name: ':path', value: '/x?y=1' },
    { name: 'accept', value: '*/*', comment: 'h' },
  ],
  'response.httpVersion': 'http/2.0',
  'response.headers': [
    { name: ':status', value: '200' },
    { name: 'content-encoding', value: 'gzip' },
    { name: 'content-type', value: 'text/plain; charset=utf-8' },
    { name: 'content-length', value: '17' },
  ],
  'response.content': { size: 2, mimeType: 'text/plain', text: 'ok', compression: -15, _x: null },
  'response.redirectURL': 'https://a/else',
  'response._transferSize': 123,
  'response.bodySize': -1,
});

const PAGES = [
  { startedDateTime: '2024-05-31T12:00:00Z', id: 'page_1', title: 'one', pageTimings: { onLoad: 5 }, _own: [1] },
  { startedDateTime: '2024-05-31T12:00:01Z', id: 'page_2', title: 'two', pageTimings: {} },
];
const BEFORE = {
  version: '1.2',
  creator: { name: 'x', version: '1' },
  browser: { name: 'b', version: '2' },
  pages: PAGES,
};

t.test('members that flows cannot represent survive every format', async (t) => {
  const entries = [
    ENTRY,
    { ...ENTRY, pageref: 'page_1' },
    entryWith({}),
    entryWith({
      'response.status': 0,
      'response.content': { size: 0, mimeType: 'y', _z: 1 },
      'request.url': 'wss://a/b',
    }),
  ];
  for (const log of [
    { ...BEFORE, entries },
    { entries, ...BEFORE, comment: 'behind' },
  ]) {
    for (const way of WAYS) t.same(lost({ log }, await through(way, { log })), [], way.join());
  }
});

for (const name of ['charles', 'chrome', 'fiddler', 'firefox', 'mitmproxy', 'safari']) {
  t.test(`a HAR of ${name}`, async (t) => {
    const text = readFileSync(join('fixtures/har', `${name}.har`), 'utf8').replace(/^\ufeff/, '');
    const har = JSON.parse(text);
    har.log.entries = har.log.entries.filter(({ request }: Har) => /^(?:https?|wss?):/.test(request.url));
    for (const way of WAYS) t.same(lost(har, await through(way, text)), [], way.join());
  });
}

const CODED = [
  { name: 'Content-Encoding', value: 'gzip' },
  { name: 'Content-Length', value: '25177' },
];
const PSEUDO = [
  { name: ':authority', value: 'a' },
  { name: ':scheme', value: 'wss' },
];

/** What an entry has, and the headers that come back unchanged. */
const HEADERS: [what: string, entry: Record<string, unknown>, part: 'request' | 'response'][] = [
  [
    'pseudo-headers beside HTTP/1',
    entryWith({ 'request.headers': PSEUDO, 'request.httpVersion': 'unknown' }),
    'request',
  ],
  [
    'a pseudo-header without value',
    entryWith({ 'request.headers': [{ name: ':path' }, { name: 'A', value: 'b' }] }),
    'request',
  ],
  ['another status', entryWith({ 'response.headers': [{ name: ':status', value: '304' }] }), 'response'],
  [
    'an empty body with a coding',
    entryWith({ 'response.headers': CODED, 'response.content': { size: 0 } }),
    'response',
  ],
  ['the same as text', entryWith({ 'response.headers': CODED, 'response.content': { size: 0, text: '' } }), 'response'],
  [
    'a type of the body only',
    entryWith({ 'response.content': { size: 2, text: 'ok', mimeType: 'text/css' } }),
    'response',
  ],
  [
    'the same of a request, after another header',
    entryWith({
      'request.method': 'POST',
      'request.headers': [{ name: 'a', value: 'b' }],
      'request.postData': { mimeType: ' text/css', text: 'x' },
    }),
    'request',
  ],
];

for (const [what, entry, part] of HEADERS) {
  t.test(`headers: ${what}`, async (t) => {
    const wanted = (entry as Har)[part].headers;
    const extras = (flow: unknown) => {
      const { request, response, metadata } = flow as HttpFlow;
      return [request.headers, response!.headers, (metadata.har as Har)[part]].map(String);
    };
    const [first] = (await readAll([Buffer.from(JSON.stringify({ log: { entries: [entry] } }))])).flows;
    for (const way of WAYS) {
      const har = await through(way, { log: { entries: [entry] } });
      t.same(har.log.entries[0][part].headers, wanted, way.join());
      const [again] = (await readAll([Buffer.from(JSON.stringify(har))])).flows;
      t.same(extras(again), extras(first), `${way.join()}: the flow`);
    }
  });
}

t.test('a type that was made from the body is written if it was changed', async (t) => {
  const entry = entryWith({ 'response.content': { size: 2, text: 'ok', mimeType: 'text/css' } });
  writeFileSync(file, JSON.stringify({ log: { entries: [entry] } }));
  const [flow] = (await readAll(file)).flows as HttpFlow[];
  flow!.response!.headers.set('Content-Type', 'image/png');
  const { log } = JSON.parse((await toFormat('har', [flow!])).toString());
  t.same(log.entries[0].response.headers, [{ name: 'Content-Type', value: 'image/png' }]);
});

t.test('changed members are written with their new values', async (t) => {
  writeFileSync(file, JSON.stringify({ log: { entries: [ENTRY] } }));
  const [flow] = (await readAll(file)).flows as HttpFlow[];
  flow!.request.path = '/changed';
  flow!.response!.headers.set('Content-Type', 'image/png');
  const { log } = JSON.parse((await toFormat('har', [flow!])).toString());
  const [{ request, response, pageref }] = log.entries;
  t.equal(new URL(request.url).pathname, '/changed');
  t.equal(request.headers[2].value, '/changed');
  t.same([response.content.mimeType, pageref], ['image/png', 'page_1']);
});

t.test('what an addon has stored beside kept members stays', async (t) => {
  writeFileSync(file, JSON.stringify({ log: { entries: [ENTRY] } }));
  const [flow] = (await readAll(file)).flows as HttpFlow[];
  flow!.metadata.har = { ...(flow!.metadata.har as object), note: 1 };
  const [again] = (await readAll([await toFormat('har', [flow!])])).flows;
  t.same(again!.metadata, flow!.metadata);
});

t.test('the connections are those of the file', async (t) => {
  const connection = (id: unknown, ip: unknown, connect: number) =>
    entryWith({ connection: id, serverIPAddress: ip, timings: { connect } });
  const cases: [entries: unknown[], connections: number[]][] = [
    [
      [connection('1', '192.0.2.1', 5), connection('1', '192.0.2.1', -1), connection('2', '192.0.2.1', 5)],
      [0, 0, 1],
    ],
    [
      [connection('443', '192.0.2.1', 5), connection('443', '192.0.2.1', 7), connection('443', '192.0.2.1', 0)],
      [0, 1, 1],
    ],
    [[connection(undefined, undefined, 0), connection(undefined, undefined, -1)], []],
  ];
  for (const [entries, expected] of cases) {
    writeFileSync(file, JSON.stringify({ log: { entries } }));
    const { flows } = await readAll(file);
    const known = flows.filter(({ server }) => server.timestampStart > 0).map(({ server }) => server.id);
    const ids = [...new Set(known)];
    t.same(
      known.map((id) => ids.indexOf(id)),
      expected,
    );
  }
});

t.test('pages of two files with the same id', async (t) => {
  const other = [{ ...PAGES[0], title: 'other' }];
  const text = [BEFORE, { ...BEFORE, pages: other }]
    .map((log) => JSON.stringify({ log: { ...log, entries: [ENTRY] } }))
    .join('\n');
  const { log } = await through(['har'], text);
  const titles = log.entries.map(({ pageref }: Har) => log.pages.find(({ id }: Har) => id === pageref).title);
  t.same(titles, ['one', 'other']);
});

t.test('members of the log that no flow can take are counted', async (t) => {
  const entries = [entryWith({})];
  const har = JSON.stringify({ log: { entries, comment: 'behind', pages: PAGES, creator: { name: 'x' } } });
  writeFileSync(file, har);
  t.equal((await readAll(file)).summary.omitted, undefined, 'the last flow of a file takes them');
  const { summary } = await readAll([Buffer.from(har)]);
  t.equal(
    summary.omitted,
    '2 members of the log not kept: log.comment (1), log.pages (1)',
    'a stream has passed it on',
  );
  const large = JSON.stringify({ log: { comment: 'x'.repeat(17 * 1024 * 1024), entries } });
  t.equal((await readAll([Buffer.from(large)])).summary.omitted, '1 member of the log not kept: log.comment (1)');
});
