import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type HttpFlow, releaseFlow } from '../../../src/flow/flow.js';
import { DamageError } from '../../../src/serialize/input/damage.js';
import { prefixes } from '../../support/cuts.js';
import { Random } from '../../support/random.js';
import { until } from '../../support/until.js';
import { damageOf, pathsOf, readAll, readBoth, toFormat } from '../flows.js';
import { plainHttpFlow, upgradedFlow } from '../sample-flows.js';

const file = join(t.testdir({}), 'har');
const fixtures = join(import.meta.dirname, '../../../../fixtures/har');
const chrome = readFileSync(join(fixtures, 'chrome.har'));
const charles = readFileSync(join(fixtures, 'charles.har'));

function entry(path: string, more: object = {}): string {
  const request = { method: 'GET', url: `http://a.example${path}`, headers: [] };
  return JSON.stringify({ startedDateTime: '2024-01-01T00:00:00Z', request, response: { status: 200 }, ...more });
}

function har(...entries: string[]): string {
  return `{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[${entries.join(',')}]}}`;
}

t.test('shapes of the file', async (t) => {
  const cases: [text: string, paths: string[]][] = [
    [har(), []],
    [har(entry('/1'), entry('/2')), ['/1', '/2']],
    [`\ufeff \r\n${har(entry('/1'))}\n`, ['/1']],
    [
      `{ "log" : { "entries" : [ ${entry('/1')} , ${entry('/2')} ] , "pages" : [ { "id" : 1 } ] } , "x" : -1.5e3 }`,
      ['/1', '/2'],
    ],
    [`{"log":{"pages":[${'{"id":"]}\\"["},'.repeat(20_000)}0],"entries":[${entry('/1')}]}}`, ['/1']],
    [`${har(entry('/1'))}\n${har(entry('/2'))}`, ['/1', '/2']],
    [JSON.stringify(JSON.parse(har(entry('/1'), entry('/2'))), undefined, '\t'), ['/1', '/2']],
  ];
  for (const [text, expected] of cases) {
    const { flows, damage } = await readBoth(t, file, text, text.slice(0, 40));
    t.same([pathsOf(flows), damageOf(damage)], [expected, []], text.slice(0, 60));
  }
});

t.test('a file without a list of entries is damaged, and possible entries in it are read', async (t) => {
  const cases: [text: string, offset: number, what: RegExp, paths: string[]][] = [
    ['{"log":{"pages":[]}}', 18, /entries is missing/, []],
    ['{"log":null}', 7, /a \{ is missing/, []],
    ['{"log":{"entries":null,"comment":"x"}}', 18, /a \[ is missing/, []],
    [`{"log":{"entrie":[${entry('/1')},${entry('/2')}]}}`, 0, /entries is missing/, ['/1', '/2']],
  ];
  for (const [text, offset, what, paths] of cases) {
    writeFileSync(file, text);
    const { flows, damage } = await readAll(file);
    t.same(pathsOf(flows), paths, text.slice(0, 60));
    t.same(damageOf(damage), [['garbage', offset || text.length - 2]], text.slice(0, 60));
    t.match(damage[0]!.message, what);
  }
  const joined = await readAll([Buffer.from(`${har(entry('/1'))}{"other":1}`)]);
  t.same(pathsOf(joined.flows), ['/1']);
  t.match(joined.damage[0]!.message, /log is missing/);
});

t.test('content that is no base64 although it should be is read as text', async (t) => {
  const large = `[${'redacted '.repeat(80_000)}]`;
  for (const text of ['[redacted]', large, 'A']) {
    const content = { text, encoding: 'base64', mimeType: 'image/png' };
    const request = { method: 'POST', url: 'http://a.example/1', headers: [], postData: content };
    writeFileSync(file, har(entry('/1', { request, response: { status: 200, content } })));
    const { flows, damage } = await readAll(file);
    t.same(damage, []);
    const [flow] = flows as [HttpFlow];
    t.equal(await flow.response!.body.text(), text, text.slice(0, 20));
    t.equal(await flow.request.body.text(), text, text.slice(0, 20));
    releaseFlow(flow);
  }
});

t.test('a WebSocket that failed', async (t) => {
  const messages = [
    { type: 'send', time: 1, opcode: 1, data: 'hi' },
    { type: 'error', time: 2, opcode: -1, data: 'Invalid frame header' },
  ];
  const text = har(entry('/1', { _webSocketMessages: messages }), entry('/2'));
  const [failed, other] = (await readBoth(t, file, text)).flows as [HttpFlow, HttpFlow];
  t.equal(failed.messages?.count, 1, 'that is no message');
  t.equal(failed.error?.message, 'Invalid frame header');
  t.equal(other.error, undefined);
});

t.test('invalid entries', async (t) => {
  const cases: [entry: string, what: RegExp][] = [
    ['{}', /request is missing/],
    ['{"request":[]}', /request is not an object/],
    ['{"request":{"method":"GET"}}', /request\.url is missing/],
    ['{"request":{"url":5}}', /request\.url is not text/],
    ['{"request":{"url":""}}', /request\.url is not an HTTP URL: ""/],
    ['{"request":{"url":"//a/b"}}', /request\.url is not an HTTP URL: "\/\/a\/b"/],
    ['{"request":{"url":"https://a.example:99999/x"}}', /request\.url is not an HTTP URL/],
    ['{"request":{"url":"https://\u0024{host}:\u0024{port}/x"}}', /request\.url is not an HTTP URL/],
    ['{"request":{"url":"a.example:80/x"}}', /request\.url is not an HTTP URL/],
    ['{"request":{"url":"localhost:80/x"}}', /request\.url is not an HTTP URL/],
  ];
  for (const [bad, what] of cases) {
    const text = har(entry('/1'), bad, entry('/3'));
    const { flows, damage } = await readBoth(t, file, text, bad);
    t.same(pathsOf(flows), ['/1', '/3'], bad);
    t.same(damageOf(damage), [['metadata', text.indexOf(bad)]], bad);
    t.match(damage[0]!.message, what, bad);
  }
});

t.test('damage in an entry does not touch the others', async (t) => {
  const entries = ['/1', '/2', '/3'].map((path) => entry(path, { comment: 'x "y" {[' }));
  const text = har(...entries);
  const start = text.indexOf(entries[1]!);
  for (let at = 0; at < entries[1]!.length - 1; at++) {
    for (const byte of [0x00, 0x22, 0x5c, 0x7b, 0x7d, 0x5d, 0x2c]) {
      const damaged = Buffer.from(text);
      damaged[start + at] = byte;
      const { flows } = await readAll([damaged]);
      const read = pathsOf(flows);
      if (!read.includes('/1') || !read.includes('/3')) t.fail(`${at} ${byte}: ${read}`);
    }
  }
  t.pass('all others were read');
});

t.test('damage before the entries', async (t) => {
  const text = har(entry('/1'), entry('/2'));
  for (const [from, to] of [
    ['"creator":', '"creator"!'],
    ['"version":', '"version\\":'],
    ['{"log":{"v', '{"log":[{"v'],
    ['"entries":[', '"entries":{'],
  ] as const) {
    // Of a stream it may be gone.
    writeFileSync(file, text.replace(from, to));
    const { flows, damage } = await readAll(file);
    t.same([pathsOf(flows), damage.map(({ kind }) => kind)], [['/1', '/2'], ['garbage']], to);
  }
});

t.test('every beginning of a file that we wrote', async (t) => {
  const flows = [plainHttpFlow('/1'), upgradedFlow(), plainHttpFlow('/3')];
  const bytes = await toFormat('har', flows);
  const ends = flows.map((_flow, at) => bytes.indexOf('\n', at === 0 ? bytes.indexOf('/1') : 0));
  for (let at = 1; at < ends.length; at++) ends[at] = bytes.indexOf('\n', ends[at - 1]! + 1);
  const starts = [bytes.indexOf('\n') + 1, ...ends.map((end) => end + 1)];
  const wrong: unknown[] = [];
  for (const prefix of prefixes(bytes)) {
    // Less says nothing of what it is.
    if (prefix.length < '{"log":'.length) continue;
    const { flows, damage } = await readAll([prefix]);
    // The comma behind an entry is not needed, the bracket is.
    const whole = ends.filter((end) => prefix.length >= end - (end === ends[2] ? 0 : 1)).length;
    const complete = prefix.length >= bytes.length - 1;
    const kinds = damage.map(({ kind }) => kind);
    if (flows.length !== whole || kinds.join() !== (complete ? '' : 'truncated')) {
      wrong.push([prefix.length, flows.length, whole, kinds]);
    }
    for (const { message, offset } of damage) if (!message.includes(`offset ${offset}`)) wrong.push([message, offset]);
    const at = damage[0]?.offset ?? 0;
    const inHead = prefix.length <= starts[0]! || prefix.length > ends[2]!;
    if (!complete && !inHead && at !== prefix.length && !starts.includes(at)) wrong.push([prefix.length, at]);
  }
  t.same(wrong, []);
});

t.test('beginnings of files of others', async (t) => {
  const wrong: unknown[] = [];
  for (const [bytes, step] of [
    [charles, 1],
    [chrome, 17],
  ] as const) {
    for (let length = 16; length < bytes.length; length += step) {
      const { damage } = await readAll([bytes.subarray(0, length)]);
      const kinds = damage.map(({ kind }) => kind);
      if (kinds.join() !== (length < bytes.length - 1 ? 'truncated' : '')) wrong.push([length, kinds]);
    }
  }
  t.same(wrong, []);
});

t.test('random damage never ends the reading', async (t) => {
  const random = new Random(11);
  const wrong: unknown[] = [];
  for (let round = 0; round < 1000; round++) {
    const damaged = Buffer.from(chrome);
    for (let count = 1 + random.below(4); count > 0; count--) {
      const at = 16 + random.below(chrome.length - 16);
      const from = 16 + random.below(chrome.length - 16);
      if (random.below(2)) damaged[at] = random.below(256);
      else damaged.copy(damaged, at, from, from + random.below(50));
    }
    writeFileSync(file, damaged);
    const { flows } = await readAll(file);
    if (flows.length > 6) wrong.push([round, flows.length]);
  }
  t.same(wrong, []);
});

t.test('hostile nesting', async (t) => {
  for (const deep of ['['.repeat(100_000), '{"a":'.repeat(100_000)]) {
    const { flows, damage } = await readBoth(
      t,
      file,
      har(entry('/1').replace(/\}$/, `,"x":${deep}}`), entry('/2')),
      'deep',
    );
    t.same([pathsOf(flows), damage.map(({ kind }) => kind)], [['/2'], ['garbage']]);
  }
});

t.test('strict stops at the first damage', async (t) => {
  for (const text of [har(entry('/1'), '{}'), har(entry('/1')).slice(0, -3), har(entry('/1'), '{!')]) {
    await t.rejects(readAll([Buffer.from(text)], { strict: true }), DamageError);
  }
});

t.test('a file is closed when its flows are released', { skip: !existsSync('/proc/self/fd') }, async (t) => {
  const long = 'x'.repeat(700_000);
  const content = { size: 1, text: long };
  const twice = { _tsdump: { response: { encodedBodyBase64: 'eA==' } }, response: { status: 200, content } };
  const entries = [
    entry('/1', { response: { status: 200, content } }),
    entry('/2', { request: { url: 'nowhere' }, response: { status: 200, content } }),
    entry('/3', twice),
    entry('/own', { response: { status: 200, content }, _tsdump: { client: { peer: 1 } } }),
    entry('/4', { _unknown: long }),
    `${entry('/5', { _unknown: long }).slice(0, -1)}!}`,
  ].map((text) => text.replace(/\}$/, `,"_pad":"${'y'.repeat(500_000)}"}`));
  writeFileSync(file, har(...entries));
  const { flows } = await readAll(file);
  t.same(pathsOf(flows), ['/1', '/3', '/own', '/4']);
  flows.forEach(releaseFlow);
  const open = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === file;
      } catch {
        return false;
      }
    }).length;
  await until(() => open() === 0, 'the file to be closed');
});

t.test('edits of a HAR that tsdump wrote take effect', async (t) => {
  const [written] = [await toFormat('har', [plainHttpFlow('/1', 'hello')])];
  const parsed = JSON.parse(written.toString());
  const [one] = parsed.log.entries;
  one.request.url = 'https://b.example/2';
  one.request.headers = [{ name: 'Host', value: 'b.example' }];
  one.response.status = 404;
  delete one.response.content.text;
  const { flows, damage } = await readAll([Buffer.from(JSON.stringify(parsed))]);
  const { request, response } = flows[0] as HttpFlow;
  t.same(damage, []);
  t.same([request.url, request.headers.bytes.toString()], ['https://b.example/2', 'Host: b.example\r\n']);
  t.same([response!.statusCode, response!.body.kept, response!.body.size], [404, false, 5]);
});
