import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { parseRule } from '../../../../src/compare/rules/parse-rule.js';
import { loadDefinitions } from '../../../../src/protobuf/definitions/load-definitions.js';
import { callFields } from '../../../../src/replay/server/key/call-fields.js';
import type { KeyOptions } from '../../../../src/replay/server/key/key-options.js';
import { KeyRuleSet } from '../../../../src/replay/server/key/key-rules.js';
import { keyOf, requestFields } from '../../../../src/replay/server/key/request-key.js';
import { describeDifference, differencesOf } from '../../../../src/replay/server/miss/request-differences.js';
import { field, frame } from '../../../protobuf/wire-bytes.js';
import { capture, exchange, KEYS, replayOf } from '../recorded.js';

const FIXTURES = fileURLToPath(new URL('../../../../../fixtures/protobuf', import.meta.url));
const GRPC = 'application/grpc';

/** The number of a field whose type is a message. */
const NICK = 6;

const order = (id: string, sku = 'a') => Buffer.concat([field(1, id), field(2, field(1, sku))]);

function call(body: Buffer, type = GRPC, headers: [string, string][] = []) {
  const url = 'http://a.test/shop.Orders/Get';
  const flow = exchange({ method: 'POST', url, request: [['Content-Type', type], ...headers] });
  flow.request.body.set(body);
  return flow;
}

t.test('what differs', async (t) => {
  const definitions = await loadDefinitions([FIXTURES]);
  const two = Buffer.concat([frame(order('1')), frame(order('2'))]);
  const base64 = (body: Buffer) => Buffer.from(body.toString('base64'));
  const table: [one: ReturnType<typeof call>, other: ReturnType<typeof call>, named: boolean, wanted: string[]][] = [
    [call(frame(order('1'))), call(frame(order('1', 'b'))), true, [`$['2']['1']: "a" → "b"`]],
    [call(frame(order('1'))), call(frame(order('2'))), false, [`$['1']: "1" → "2"`]],
    [call(two), call(Buffer.concat([frame(order('1')), frame(order('3'))])), true, ['message 2 $.id: "2" → "3"']],
    [
      call(base64(frame(order('1'))), 'application/grpc-web-text'),
      call(base64(frame(order('2'))), 'application/grpc-web-text'),
      true,
      ['$.id: "1" → "2"'],
    ],
    [call(order('1'), 'application/proto'), call(order('2'), 'application/proto'), true, ['$.id: "1" → "2"']],
    [
      call(frame('{"a":1}'), 'application/grpc+json'),
      call(frame('{"a":2}'), 'application/grpc+json'),
      true,
      ['$.a: 1 → 2'],
    ],
  ];
  for (const [one, other, named, wanted] of table) {
    const options: KeyOptions = { ...KEYS, definitions: named ? definitions : undefined };
    const found = differencesOf(await requestFields(one, options), await requestFields(other, options));
    t.same(found.map(describeDifference), wanted);
  }
});

t.test('what is no message is compared as bytes', async (t) => {
  for (const body of [frame(gzipSync('x'), 1), frame(order('1')).subarray(0, 9), Buffer.from('hello')]) {
    const fields = await requestFields(call(body), KEYS);
    t.equal(fields.at(-1)!.part, 'body');
  }
  const fields = await requestFields(call(frame(order('1')), 'application/grpc+flatbuffers'), KEYS);
  t.equal(fields.at(-1)!.part, 'body', 'another format');
});

t.test('calls that take long to decode are compared as bytes', async (t) => {
  const zeros = (count: number) => Array<Buffer>(count).fill(frame(''));
  const numbers = frame(Buffer.alloc(240_000, field(1, 1)));
  const cases: [name: string, messages: Buffer[], part: string][] = [
    ['messages', zeros(10_000), 'json'],
    ['too many messages', zeros(10_001), 'body'],
    ['fields', [numbers], 'json'],
    ['too many fields', [numbers, numbers], 'body'],
  ];
  for (const [name, messages, part] of cases) {
    t.equal((await requestFields(call(Buffer.concat(messages)), KEYS)).at(-1)!.part, part, name);
  }
  const packed = Buffer.concat([...'1234'].map((id) => frame(gzipSync(order(id.repeat(100))), 1)));
  const { request } = call(packed, GRPC, [['Grpc-Encoding', 'gzip']]);
  const partFor = (bodyLimit: number) => callFields(packed, request, { ...KEYS, bodyLimit }, undefined)?.[0]?.part;
  t.equal(partFor(500), 'json');
  t.equal(partFor(300), undefined, 'too large after decompression');
});

t.test('no byte is left out of the comparison', async (t) => {
  const definitions = await loadDefinitions([FIXTURES]);
  const key = async (body: Buffer) => keyOf(await requestFields(call(frame(body)), { ...KEYS, definitions }));
  const lines = (last: string) => {
    const names = Array<string>(110_000).fill('a');
    return Buffer.concat([...names, last].map((sku) => field(NICK, field(1, sku))));
  };
  t.not(await key(lines('b')), await key(lines('c')), 'beyond the limit of fields');
  const invalid = (last: string) => field(NICK, `\n\x09${last}`);
  t.not(await key(invalid('b')), await key(invalid('c')), 'an invalid message in a message');
});

t.test('rules with paths apply to messages', async (t) => {
  const [one, other] = [call(frame(order('1'))), call(frame(order('2')))];
  const key = async (flow: typeof one, rules: string[]) =>
    keyOf(
      await requestFields(flow, {
        ...KEYS,
        rules: rules.length > 0 ? new KeyRuleSet(rules.map((rule) => parseRule(rule, 'test'))) : undefined,
      }),
    );
  const rule = ['$["1"]'];
  t.equal(await key(one, rule), await key(other, rule));
  t.not(await key(one, ['$["9"]']), await key(other, ['$["9"]']));
  t.not(await key(one, []), await key(other, []));
});

t.test('clients write maps in any order', async (t) => {
  const entry = (name: string, value: string) => field(6, Buffer.concat([field(1, name), field(2, value)]));
  const key = async (...parts: Buffer[]) => keyOf(await requestFields(call(frame(Buffer.concat(parts))), KEYS));
  t.equal(await key(entry('a', '1'), entry('b', '2')), await key(entry('b', '2'), entry('a', '1')));
  t.not(await key(entry('a', '1'), entry('b', '2')), await key(entry('b', '1'), entry('a', '2')));
  t.not(await key(entry('a', '1'), entry('a', '2')), await key(entry('a', '2'), entry('a', '1')), 'no map');
  const texts = (...values: string[]) => key(...values.map((value) => field(6, value)));
  t.not(await texts('one', 'two'), await texts('two', 'one'));
});

t.test('a miss names the field', async (t) => {
  const lines: string[] = [];
  const replay = await replayOf(t, [await capture(t, [call(frame(order('1')))])], { extra: 404, lines });
  const missed = call(frame(order('2')));
  missed.response = undefined;
  await replay.request(missed);
  await replay.settled();
  t.match(lines.join('\n'), `$['1']: "1" → "2"`);
});
