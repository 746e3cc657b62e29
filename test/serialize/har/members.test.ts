import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { entryWith, factsOf, readEntries } from './foreign.js';

/**
 * Every member of an entry of HAR 1.2, and those with `_` that programs often write, with each type of value: what becomes
 * of the flow stands in a table, which is a file to be read.
 */
const MEMBERS = [
  ...['startedDateTime', 'time', 'pageref', 'serverIPAddress', 'connection', 'comment', 'request', 'response', 'cache'],
  ...[
    'method',
    'url',
    'httpVersion',
    'cookies',
    'headers',
    'queryString',
    'postData',
    'headersSize',
    'bodySize',
    'comment',
  ].map((key) => `request.${key}`),
  ...['name', 'value', 'path', 'domain', 'expires', 'httpOnly', 'secure', 'comment'].map(
    (key) => `request.cookies.0.${key}`,
  ),
  ...['name', 'value', 'comment'].map((key) => `request.headers.0.${key}`),
  ...['name', 'value', 'comment'].map((key) => `request.queryString.0.${key}`),
  ...['mimeType', 'params', 'text', 'comment', '_base64'].map((key) => `request.postData.${key}`),
  ...['name', 'value', 'fileName', 'contentType', 'comment'].map((key) => `request.postData.params.0.${key}`),
  ...[
    'status',
    'statusText',
    'httpVersion',
    'cookies',
    'headers',
    'content',
    'redirectURL',
    'headersSize',
    'bodySize',
    'comment',
  ].map((key) => `response.${key}`),
  ...['name', 'value', 'path', 'domain', 'expires', 'httpOnly', 'secure', 'comment'].map(
    (key) => `response.cookies.0.${key}`,
  ),
  ...['name', 'value', 'comment'].map((key) => `response.headers.0.${key}`),
  ...['size', 'compression', 'mimeType', 'text', 'encoding', 'comment'].map((key) => `response.content.${key}`),
  ...['beforeRequest', 'afterRequest', 'comment'].map((key) => `cache.${key}`),
  ...['expires', 'lastAccess', 'eTag', 'hitCount', 'comment'].map((key) => `cache.beforeRequest.${key}`),
  ...['blocked', 'dns', 'connect', 'send', 'wait', 'receive', 'ssl', 'comment'].map((key) => `timings.${key}`),
  ...['_error', '_transferSize'].map((key) => `response.${key}`),
  ...['_resourceType', '_initiator', '_priority', '_messages', '_webSocketMessages', '_messageCount', '_tsdump'],
  ...['type', 'time', 'opcode', 'data'].map((key) => `_webSocketMessages.0.${key}`),
];

const VALUES: readonly (readonly [name: string, value: unknown])[] = [
  ['absent', undefined],
  ['null', null],
  ['empty', ''],
  ['5', 5],
  ['"x"', 'x'],
  ['[]', []],
  ['["x"]', ['x']],
  ['{}', {}],
  ['{"x":1}', { x: 1 }],
];

/** Where it takes others to see what a member does. */
const AROUND: Readonly<Record<string, Record<string, unknown>>> = {
  'request.headers.0': { 'request.headers.0.name': 'A', 'request.headers.0.value': 'b' },
  'response.headers.0': { 'response.headers.0.name': 'A', 'response.headers.0.value': 'b' },
  'request.queryString.0': { 'request.queryString.0.name': 'a', 'request.queryString.0.value': 'b' },
  'request.postData.params.0': {
    'request.postData.mimeType': 'multipart/form-data; boundary=z',
    'request.postData.params.0.name': 'a',
    'request.postData.params.0.value': 'b',
  },
  'request.postData.text': { 'request.postData.mimeType': 'text/plain' },
  'request.postData.mimeType': { 'request.postData.text': 'a=b' },
  'response.content.encoding': { 'response.content.text': 'b2s=' },
  '_webSocketMessages.0': { '_webSocketMessages.0.data': 'hi', '_webSocketMessages.0.type': 'send' },
};

function aroundOf(member: string): Record<string, unknown> {
  const found = Object.entries(AROUND).find(([path]) => member === path || member.startsWith(`${path}.`));
  return found?.[1] ?? {};
}

/** What is different from the flow without the value. */
async function rowOf(member: string, value: unknown): Promise<string> {
  const plain = await factsOf((await readEntries([entryWith(aroundOf(member))])).flows[0]!);
  const { flows, damage, summary } = await readEntries([entryWith({ ...aroundOf(member), [member]: value })]);
  if (flows.length === 0)
    return `lost: ${damage[0]?.message.replace(/^.*(understood|invalid): /, '') ?? summary.omitted}`;
  const extras = await factsOf(flows[0]!);
  const changed = Object.entries(extras).filter(([key, fact]) => JSON.stringify(fact) !== JSON.stringify(plain[key]));
  const said = changed.map(([key, fact]) => `${key} ${fact === undefined ? 'none' : JSON.stringify(fact)}`);
  return [...said, ...(summary.omitted === undefined ? [] : [`(${summary.omitted})`])].join(', ') || 'as usual';
}

t.test('the effect of each member on a flow, by type', async (t) => {
  const golden = join(import.meta.dirname, '../../../../fixtures/har/members.txt');
  let table = '';
  for (const member of MEMBERS) {
    table += `${member}\n`;
    for (const [name, value] of VALUES) table += `    ${name.padEnd(8)} ${await rowOf(member, value)}\n`;
  }
  if (process.env.UPDATE_FIXTURES) writeFileSync(golden, table);
  t.equal(table, readFileSync(golden, 'utf8'));
});

t.test('only an invalid request or URL discards an entry, and all odd members are reported', async (t) => {
  for (const member of MEMBERS) {
    for (const [name, value] of VALUES) {
      const row = await rowOf(member, value);
      t.equal(row.startsWith('lost'), member === 'request' || member === 'request.url', `${member} ${name}`);
    }
  }
});

t.test('strict refuses an entry with an invalid member', async (t) => {
  await t.rejects(readEntries([entryWith({ comment: 5 })], { strict: true }), /comment is not text/);
  const usual = [{ 'response.content': { size: 5 } }, { 'request.url': 'data:,x' }, { startedDateTime: undefined }];
  for (const members of usual) t.same((await readEntries([entryWith(members)], { strict: true })).damage, []);
});
